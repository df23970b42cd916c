using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Http;

/// <summary>Whether a run is being worked at. Told by the run's loop, and asked by any thread.</summary>
public sealed class RunHealth : IRunObserver
{
    private volatile string? _problem = "The run has not begun.";
    private bool _isOver;

    /// <summary>Why nobody works at it, as one line; null while somebody does.</summary>
    public string? Problem => _problem;

    /// <summary>The run has to wait before it can begin.</summary>
    /// <param name="why">For what, as one line.</param>
    public void Wait(string why) => _problem = why;

    /// <summary>Nobody works at the run any more. Where it has told how it ended, that holds.</summary>
    /// <param name="why">Why, as one line.</param>
    public void Fail(string why)
    {
        if (!_isOver)
            _problem = why;
    }

    /// <inheritdoc/>
    public void Progress(RunSnapshot run)
    {
        _isOver = run.IsOver;
        _problem = run.Activity switch
        {
            RunActivity.Running => null,
            RunActivity.Paused => "The run is paused.",
            RunActivity.Done => "The run is done.",
            RunActivity.Stopped => "The run was stopped.",
            _ => run.Note ?? "The run cannot go on.",
        };
    }

    /// <summary>Until the run is looked at again.</summary>
    /// <inheritdoc/>
    public void Incident(RunIncident kind, string message) => _problem = message;
}
