namespace MnistDistributed.Coordinator.Steering;

/// <summary>What can be asked of a run in progress.</summary>
public enum RunRequestKind
{
    /// <summary>To go on with another number of workers.</summary>
    Scale,

    /// <summary>To begin no further step.</summary>
    Pause,

    /// <summary>To go on after a pause.</summary>
    Resume,

    /// <summary>To finish the step, evaluate, report, and end.</summary>
    Stop,
}
