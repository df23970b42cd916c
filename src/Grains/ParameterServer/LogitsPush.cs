using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The answer to an evaluation order.</summary>
[GenerateSerializer, Immutable]
public sealed record LogitsPush
{
    /// <summary>The session.</summary>
    [Id(0)] public required Guid Session { get; init; }

    /// <summary>Term of the order.</summary>
    [Id(1)] public required int Term { get; init; }

    /// <summary>Step of the order.</summary>
    [Id(2)] public required int Step { get; init; }

    /// <summary>Which images.</summary>
    [Id(3)] public required EvaluationSet Images { get; init; }

    /// <summary>First image of the chunk.</summary>
    [Id(4)] public required int First { get; init; }

    /// <summary>Little-endian floats, <c>[count, classes]</c>.</summary>
    [Id(5)] public required byte[] Logits { get; init; }

    /// <summary>XXH3 over the logits.</summary>
    [Id(6)] public required ulong Digest { get; init; }

    /// <summary>Number of the order.</summary>
    [Id(7)] public required int Order { get; init; }
}
