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

    /// <summary>Sessions that take part.</summary>
    public required int Workers { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    public required int ToEvaluate { get; init; }

    /// <summary>Orders for work that had been ordered before, and not answered in time.</summary>
    public required int RepeatedOrders { get; init; }

    /// <summary>Pushes of another term, another step or an unknown session.</summary>
    public required int StalePushes { get; init; }

    /// <summary>Why a worker was last refused or gave up; null if somebody has joined since.</summary>
    public required string? Trouble { get; init; }

    /// <summary>Why a worker was last refused or gave up, whoever has joined since; null if none was.</summary>
    public required string? Refusal { get; init; }

    /// <summary>Why the run failed; null if it did not.</summary>
    public required string? Failure { get; init; }
}
