namespace MnistDistributed.Bench.Scaling;

/// <summary>What most of a step's time goes into.</summary>
public enum StepLimit
{
    /// <summary>The workers' gradients: more workers help.</summary>
    Gradients,

    /// <summary>The parameter server's grain, which has one core.</summary>
    Grain,

    /// <summary>The cores of the parameter server's machine: messages.</summary>
    Cores,

    /// <summary>The parameter server's link.</summary>
    Link,

    /// <summary>A single message's way there and back.</summary>
    Latency,
}
