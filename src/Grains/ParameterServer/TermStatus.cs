using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>Where a term is.</summary>
[GenerateSerializer, Immutable]
public sealed record TermStatus
{
    /// <summary>The phase.</summary>
    [Id(0)] public required RunPhase Phase { get; init; }

    /// <summary>Steps of the run that are done.</summary>
    [Id(1)] public required int Step { get; init; }

    /// <summary>Loss summed over the current epoch so far.</summary>
    [Id(2)] public required double Loss { get; init; }

    /// <summary>Hits in the current epoch so far.</summary>
    [Id(3)] public required int Hits { get; init; }

    /// <summary>Samples in the current epoch so far.</summary>
    [Id(4)] public required int Samples { get; init; }

    /// <summary>Sessions that take part.</summary>
    [Id(5)] public required int Workers { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    [Id(6)] public required int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    [Id(7)] public required int ToEvaluate { get; init; }

    /// <summary>What happened in the term so far.</summary>
    [Id(8)] public required TermCounters Counters { get; init; }

    /// <summary>Why a worker was last refused or gave up.</summary>
    [Id(9)] public required string? Trouble { get; init; }

    /// <summary>What people should know of the term, each as one line; the last few, oldest first.</summary>
    [Id(10)] public required string[] Incidents { get; init; }

    /// <summary>How many incidents there were in the term.</summary>
    [Id(11)] public required int IncidentCount { get; init; }

    /// <summary>Why the run failed.</summary>
    [Id(12)] public required string? Failure { get; init; }

    /// <summary>Whether the silo that holds the parameter server is about to go: it has to be handed over.</summary>
    [Id(13)] public required bool IsLeaving { get; init; }

    /// <summary>Silos that have a session that takes part.</summary>
    [Id(14)] public required int Silos { get; init; }

    /// <summary>L2 norm of the last step's mean gradient, before it was clipped; null before the term's first step.</summary>
    [Id(15)] public required double? GradientNorm { get; init; }
}
