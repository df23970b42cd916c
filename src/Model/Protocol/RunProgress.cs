using MnistDistributed.Model.Engine;

namespace MnistDistributed.Model.Protocol;

/// <summary>Where a run is.</summary>
public sealed record RunProgress
{
    /// <summary>The parameter server's term.</summary>
    public required int Term { get; init; }

    /// <summary>The phase.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Loss, hits and samples of the current epoch so far, or of the epoch just ended.</summary>
    public required BlockSum Epoch { get; init; }

    /// <summary>
    /// Sessions that take part: those that are not late, on probation or not. With fewer than <see cref="TermOptions.MinWorkers"/> the run
    /// waits.
    /// </summary>
    public required int Workers { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    public required int ToEvaluate { get; init; }

    /// <summary>What happened in this term so far; of what a silo measures, seconds and bytes, nothing.</summary>
    public required TermCounters Counters { get; init; }

    /// <summary>Why a worker was last refused or gave up; null if somebody has joined since.</summary>
    public required string? Trouble { get; init; }

    /// <summary>What people should know of this term, each as one line: refused workers, rejected pushes. The last, oldest first.</summary>
    public required IReadOnlyList<string> Incidents { get; init; }

    /// <summary>How many incidents there were in this term; the last of them are in <see cref="Incidents"/>.</summary>
    public required int IncidentCount { get; init; }

    /// <summary>Why the run failed; null if it did not.</summary>
    public required string? Failure { get; init; }
}
