using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>The check that tells NaN and infinity from numbers.</summary>
public static class FiniteFloats
{
    private const uint Exponent = 0x7F80_0000;

    /// <summary>Whether all of the floats are finite. Allocates nothing; as fast as memory is read.</summary>
    /// <param name="floats">Little-endian floats; bytes after the last whole one are not looked at.</param>
    public static bool All(ReadOnlySpan<byte> floats)
    {
        var bits = MemoryMarshal.Cast<byte, uint>(floats);
        var exponent = Vector256.Create(Exponent);
        var (first, second) = (Vector256<uint>.Zero, Vector256<uint>.Zero);
        int i = 0;
        for (; i <= bits.Length - 2 * Vector256<uint>.Count; i += 2 * Vector256<uint>.Count)
        {
            first |= Vector256.Equals(Vector256.Create(bits[i..]) & exponent, exponent);
            second |= Vector256.Equals(Vector256.Create(bits[(i + Vector256<uint>.Count)..]) & exponent, exponent);
        }

        bool isFinite = (first | second) == Vector256<uint>.Zero;
        for (; i < bits.Length; i++)
            isFinite &= (bits[i] & Exponent) != Exponent;
        return isFinite;
    }
}
