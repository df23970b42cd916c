using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// What the kernels share. All of them are written with <see cref="Vector256{T}"/>, which .NET splits into narrower vectors
/// or scalars where the processor has no wider ones: addition, comparison and fused multiply-add give the same bits in all of these.
/// </summary>
public static unsafe class Lanes
{
    /// <summary>The sum of 16 lanes, always folded in this order: 16 to 8, 8 to 4, 4 to 2, 2 to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fold(Vector256<float> low, Vector256<float> high)
    {
        var eight = low + high;
        var four = eight.GetLower() + eight.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>left += right, element by element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* left, float* right, int length)
    {
        int i = 0;
        for (; i <= length - 16; i += 16)
        {
            (Vector256.Load(left + i) + Vector256.Load(right + i)).Store(left + i);
            (Vector256.Load(left + i + 8) + Vector256.Load(right + i + 8)).Store(left + i + 8);
        }

        for (; i < length; i++)
            left[i] += right[i];
    }
}
