using System.Buffers.Binary;
using System.IO.Hashing;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol.Rounds;
using MnistDistributed.Model.Protocol.Verdicts;

namespace MnistDistributed.Model.Protocol;

/// <summary>One block of a push.</summary>
/// <param name="Block">The node of the tree.</param>
/// <param name="Gradient">The summed gradient as little-endian floats, <c>[parameters]</c>.</param>
/// <param name="Sum">Loss, hits and samples of the block.</param>
/// <param name="Digest">What the sender computed with <see cref="DigestOf"/>.</param>
public sealed record BlockGradient(Block Block, ReadOnlyMemory<byte> Gradient, BlockSum Sum, ulong Digest) : IAnswer
{
    /// <summary>The block's slots.</summary>
    public UnitRange Units => new(Block.First, Block.End);

    /// <summary>Whether the gradient and the loss are finite.</summary>
    public bool IsFinite => double.IsFinite(Sum.Loss) && FiniteFloats.All(Gradient.Span);

    /// <summary>What the digest of the bytes is, which <see cref="Digest"/> should be.</summary>
    public ulong ComputeDigest() => DigestOf(Gradient.Span, Sum);

    /// <summary>XXH3 over the gradient's bytes and the sums: equal for all pushes of a block, or hardware or a promise is broken.</summary>
    public static ulong DigestOf(ReadOnlySpan<byte> gradient, BlockSum sum)
    {
        Span<byte> sums = stackalloc byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(sums, sum.Loss);
        BinaryPrimitives.WriteInt32LittleEndian(sums[8..], sum.Hits);
        BinaryPrimitives.WriteInt32LittleEndian(sums[12..], sum.Samples);
        return XxHash3.HashToUInt64(gradient, (long)XxHash3.HashToUInt64(sums));
    }
}
