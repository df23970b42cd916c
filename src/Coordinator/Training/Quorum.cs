using System.Globalization;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>The watch over whether a run has the workers that it needs to go on, and how long it has been without.</summary>
/// <param name="options">How many it needs, and how long it waits for them.</param>
/// <param name="time">The clock.</param>
/// <param name="say">Told when the run waits, and when it goes on.</param>
public sealed class Quorum(RunOptions options, TimeProvider time, Action<string> say)
{
    // Workers of a run that begins take a moment to join, and one that is late for a moment is none that is gone.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private long? _since;
    private long? _idleSince;
    private int _workers;

    /// <summary>What the run waits for, for people; null while it goes on.</summary>
    public string? Waiting { get; private set; }

    /// <summary>Why the run has waited too long, as one sentence; null if it has not.</summary>
    public string? Problem => _since is { } since && time.GetElapsedTime(since) >= options.QuorumTimeout
        ? string.Create(CultureInfo.InvariantCulture,
            $"The run needs {Counted.Of(options.MinWorkers, "worker")}, and for {options.QuorumTimeout.TotalSeconds:0.#} s there were "
                + $"{_workers} at most.")
        : null;

    /// <summary>Whether for too long no worker has taken part, while one of them has said why.</summary>
    public bool IsIdle => _idleSince is { } since && time.GetElapsedTime(since) > options.Patience;

    /// <summary>The run was seen.</summary>
    public void Observe(TermStatus status)
    {
        if (status.Workers > 0 || status.Trouble is null)
            _idleSince = null;
        else
            _idleSince ??= time.GetTimestamp();
        Count(status);
    }

    private void Count(TermStatus status)
    {
        int least = options.MinWorkers;
        bool works = status.Phase is RunPhase.Training or RunPhase.Validating or RunPhase.Testing;
        if (!works || status.Workers >= least)
        {
            if (Waiting is not null && works)
                say($"The run goes on with {Counted.Of(status.Workers, "worker")}.");
            (_since, Waiting, _workers) = (null, null, 0);
            return;
        }

        _since ??= time.GetTimestamp();
        _workers = Math.Max(_workers, status.Workers);
        if (time.GetElapsedTime(_since.Value) < Grace)
            return;
        bool isNew = Waiting is null;
        Waiting = $"waiting for workers: {status.Workers} of {least} are here";
        if (isNew)
            say($"The run is {Waiting}.");
    }
}
