using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>Another process has a run's folder. The message names it.</summary>
public sealed class RunInUseException(string message) : RunFailedException(message)
{
    /// <summary>
    /// Whether it may be gone for all that is known here: it is on another machine, where only its signs of life tell. Default false.
    /// </summary>
    public bool MayBeGone { get; init; }
}
