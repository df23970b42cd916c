namespace MnistDistributed.Coordinator.Runs;

/// <summary>What a run is about, as its coordinator last said.</summary>
public enum RunActivity
{
    /// <summary>It trains or evaluates.</summary>
    Running,

    /// <summary>It has fewer workers than it needs to go on.</summary>
    WaitingForWorkers,

    /// <summary>It was asked to pause.</summary>
    Paused,

    /// <summary>It was asked to stop, and can be resumed.</summary>
    Stopped,

    /// <summary>It could not go on.</summary>
    Failed,

    /// <summary>It is trained and tested.</summary>
    Done,
}
