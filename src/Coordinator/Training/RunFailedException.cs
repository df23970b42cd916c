namespace MnistDistributed.Coordinator.Training;

/// <summary>A run cannot go on. The message is for people.</summary>
public class RunFailedException(string message) : Exception(message)
{
    /// <summary>Whether the run can be resumed once what is in its way is gone. Default false.</summary>
    public bool CanGoOn { get; init; }
}
