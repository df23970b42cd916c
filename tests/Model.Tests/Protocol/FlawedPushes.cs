using System.Buffers.Binary;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>Pushes that cannot be used. With another <c>bits</c> they have other bits.</summary>
public static class FlawedPushes
{
    private const uint QuietNaN = 0x7FC0_0000;

    /// <summary>One number is NaN, as an engine would send it.</summary>
    public static BlockGradient NotFinite(BlockGradient push, uint bits = 0)
    {
        byte[] gradient = With(push.Gradient, QuietNaN + bits);
        return push with { Gradient = gradient, Digest = BlockGradient.DigestOf(gradient, push.Sum) };
    }

    /// <inheritdoc cref="NotFinite(BlockGradient, uint)"/>
    public static LogitsChunk NotFinite(LogitsChunk chunk, uint bits = 0)
    {
        byte[] logits = With(chunk.Logits, QuietNaN + bits);
        return chunk with { Logits = logits, Digest = LogitsChunk.DigestOf(logits) };
    }

    /// <summary>A number was changed after the digest was computed.</summary>
    public static BlockGradient OtherBytes(BlockGradient push, uint bits = 0) =>
        push with { Gradient = With(push.Gradient, 0x4040_0000 + bits) };

    private static byte[] With(ReadOnlyMemory<byte> floats, uint number)
    {
        byte[] bytes = floats.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), number);
        return bytes;
    }
}
