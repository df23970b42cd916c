using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MnistDistributed.Model.Training;

/// <summary>The name of a set of weights: equal digests are equal bits.</summary>
public static class WeightsDigest
{
    /// <summary>SHA-256 of the floats' bytes, little-endian as every machine .NET's vectors run on, in lower-case hex.</summary>
    public static string Of(ReadOnlySpan<float> weights) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(weights)));
}
