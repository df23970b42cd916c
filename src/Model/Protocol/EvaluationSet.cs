namespace MnistDistributed.Model.Protocol;

/// <summary>Which images are evaluated.</summary>
public enum EvaluationSet
{
    /// <summary>The last training images, held out.</summary>
    Validation,

    /// <summary>The test images.</summary>
    Test,
}
