using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.Messages;

/// <summary>The result of an evaluation.</summary>
[GenerateSerializer, Immutable]
public sealed record LogitsSnapshot
{
    /// <summary>The phase that the evaluation ended in.</summary>
    [Id(0)] public required RunPhase Phase { get; init; }

    /// <summary>Little-endian floats, <c>[images, 10]</c>.</summary>
    [Id(1)] public required byte[] Logits { get; init; }
}
