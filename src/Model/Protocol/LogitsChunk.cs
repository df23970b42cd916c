using System.IO.Hashing;
using MnistDistributed.Model.Protocol.Rounds;
using MnistDistributed.Model.Protocol.Verdicts;

namespace MnistDistributed.Model.Protocol;

/// <summary>The logits of one chunk of images.</summary>
/// <param name="Images">Which images.</param>
/// <param name="First">First image of the chunk.</param>
/// <param name="Logits">Little-endian floats, <c>[count, classes]</c>.</param>
/// <param name="Digest">What the sender computed with <see cref="DigestOf"/>.</param>
public sealed record LogitsChunk(EvaluationSet Images, int First, ReadOnlyMemory<byte> Logits, ulong Digest) : IAnswer
{
    /// <summary>The chunk, as a unit of the evaluation.</summary>
    public UnitRange Units => new(First / TrainingProtocol.ChunkImages, First / TrainingProtocol.ChunkImages + 1);

    /// <summary>Whether the logits are finite.</summary>
    public bool IsFinite => FiniteFloats.All(Logits.Span);

    /// <summary>What the digest of the bytes is, which <see cref="Digest"/> should be.</summary>
    public ulong ComputeDigest() => DigestOf(Logits.Span);

    /// <summary>XXH3 over the bytes.</summary>
    public static ulong DigestOf(ReadOnlySpan<byte> logits) => XxHash3.HashToUInt64(logits);
}
