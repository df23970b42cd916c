using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Http;

/// <summary>Whether a run is being worked at. Told by the run's loop, and asked by any thread.</summary>
public sealed class RunHealth : IRunObserver
{
    private volatile string? _problem = "The run has not begun.";

    /// <summary>Why nobody works at it, as one line; null while somebody does.</summary>
    public string? Problem => _problem;

    /// <inheritdoc/>
    public void Progress(RunSnapshot run) => _problem = run.Activity switch
    {
        RunActivity.Running => null,
        RunActivity.Paused => "The run is paused.",
        RunActivity.Done => "The run is done.",
        RunActivity.Stopped => "The run was stopped.",
        _ => run.Note ?? "The run cannot go on.",
    };

    /// <summary>Until the run is looked at again.</summary>
    /// <inheritdoc/>
    public void Incident(RunIncident kind, string message) => _problem = message;
}
