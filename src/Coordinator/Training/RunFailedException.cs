namespace MnistDistributed.Coordinator.Training;

/// <summary>A run cannot go on. The message is for people.</summary>
public class RunFailedException(string message) : Exception(message)
{
    /// <summary>Whether the run can be resumed once what is in its way is gone. Default false.</summary>
    public bool CanGoOn { get; init; }

    /// <summary>What the run had come to, to be reported; null where it can still go on, or is not ours to report.</summary>
    public RunResult? Result { get; init; }
}
