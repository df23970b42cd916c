using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The answer to "what next?".</summary>
[GenerateSerializer, Immutable]
public sealed record NextReply
{
    /// <summary>What the session has to do; the rest is set only with an order.</summary>
    [Id(0)] public required NextKind Kind { get; init; }

    /// <summary>The parameter server's term.</summary>
    [Id(1)] public required int Term { get; init; }

    /// <summary>The step.</summary>
    [Id(2)] public required int Step { get; init; }

    /// <summary>What to evaluate; null for a training order.</summary>
    [Id(3)] public required EvaluationSet? Images { get; init; }

    /// <summary>First slot and number of slots of each block, one after the other.</summary>
    [Id(4)] public required int[] Blocks { get; init; }

    /// <summary>First image of the chunk to evaluate.</summary>
    [Id(5)] public required int First { get; init; }

    /// <summary>Number of images of the chunk.</summary>
    [Id(6)] public required int Count { get; init; }

    /// <summary>The weights as little-endian floats; null if the session holds them, or its silo was sent them for another.</summary>
    [Id(7)] public required byte[]? Weights { get; init; }

    /// <summary>XXH3 over the weights; 0 if the session holds them.</summary>
    [Id(8)] public required ulong WeightsDigest { get; init; }

    /// <summary>The order's number, for its answer.</summary>
    [Id(9)] public required int Order { get; init; }

    /// <summary>The id of the step's span; null where it is not recorded.</summary>
    [Id(10)] public string? Trace { get; init; }

    /// <summary>Whether another session of the silo was sent the weights that the order needs.</summary>
    public bool WeightsAreInSilo => Weights is null && WeightsDigest != 0;
}
