using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>Where a run is.</summary>
[GenerateSerializer, Immutable]
public sealed record RunStatus
{
    /// <summary>The term that is open here, 0 if none is; the rest is set only if it is the one that was asked for.</summary>
    [Id(0)] public required int Term { get; init; }

    /// <summary>The phase.</summary>
    [Id(1)] public required RunPhase Phase { get; init; }

    /// <summary>Steps done.</summary>
    [Id(2)] public required int Step { get; init; }

    /// <summary>Loss summed over the current epoch so far.</summary>
    [Id(3)] public required double Loss { get; init; }

    /// <summary>Hits in the current epoch so far.</summary>
    [Id(4)] public required int Hits { get; init; }

    /// <summary>Samples in the current epoch so far.</summary>
    [Id(5)] public required int Samples { get; init; }

    /// <summary>Sessions that take part.</summary>
    [Id(6)] public required int Workers { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    [Id(7)] public required int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    [Id(8)] public required int ToEvaluate { get; init; }

    /// <summary>Orders for work that had been ordered before.</summary>
    [Id(9)] public required int RepeatedOrders { get; init; }

    /// <summary>Pushes that came too late.</summary>
    [Id(10)] public required int StalePushes { get; init; }

    /// <summary>Why a worker was last refused or gave up.</summary>
    [Id(11)] public required string? Trouble { get; init; }

    /// <summary>Why the run failed.</summary>
    [Id(12)] public required string? Failure { get; init; }

    /// <summary>Whether the silo that holds the parameter server is about to go: it has to be handed over.</summary>
    [Id(13)] public required bool IsLeaving { get; init; }

    /// <summary>Steps done in this term.</summary>
    [Id(14)] public required int TermSteps { get; init; }

    /// <summary>Seconds that workers spent on the gradients of this term, summed over the workers.</summary>
    [Id(15)] public required double ComputeSeconds { get; init; }

    /// <summary>Bytes of weights sent and of gradients received in this term.</summary>
    [Id(16)] public required long Bytes { get; init; }

    /// <summary>What people should know of this term, each as one line; the last few, oldest first.</summary>
    [Id(17)] public required string[] Incidents { get; init; }

    /// <summary>How many incidents there were in this term.</summary>
    [Id(18)] public required int IncidentCount { get; init; }

    /// <summary>Those of the repeated orders whose work is another session's that is late.</summary>
    [Id(19)] public required int SpeculativeOrders { get; init; }

    /// <summary>Speculative orders that were answered before the late session answered.</summary>
    [Id(20)] public required int SpeculativeWins { get; init; }

    /// <summary>Pushes whose numbers could not be used.</summary>
    [Id(21)] public required int RejectedPushes { get; init; }
}
