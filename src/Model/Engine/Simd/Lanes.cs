using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>Sums that are the same whatever the width of the processor's vectors.</summary>
public static unsafe class Lanes
{
    /// <summary>Four sums of 16 lanes each, always folded in this order: 16 to 8, 8 to 4, 4 to 2, 2 to 1.</summary>
    /// <param name="lanes"><c>[4, 16]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fold4(float* lanes)
    {
        var a = FoldTo4(lanes);
        var b = FoldTo4(lanes + 16);
        var c = FoldTo4(lanes + 32);
        var d = FoldTo4(lanes + 48);
        // Transposed, so that the last two folds are those of all four at once.
        return Vector128.Create(a[0], b[0], c[0], d[0]) + Vector128.Create(a[2], b[2], c[2], d[2])
            + (Vector128.Create(a[1], b[1], c[1], d[1]) + Vector128.Create(a[3], b[3], c[3], d[3]));
    }

    /// <summary>left += right, element by element.</summary>
    public static void Add(Span<float> left, ReadOnlySpan<float> right) => Add(left, right, left);

    /// <summary>sum = left + right, element by element; the sum may be where one of the two is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> sum)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(right.Length, left.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sum.Length, left.Length);
        fixed (float* l = left, r = right, s = sum)
            Add(l, r, s, left.Length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* left, float* right, float* sum, int length)
    {
        int i = 0;
        for (; i <= length - 16; i += 16)
        {
            (Vector256.Load(left + i) + Vector256.Load(right + i)).Store(sum + i);
            (Vector256.Load(left + i + 8) + Vector256.Load(right + i + 8)).Store(sum + i + 8);
        }

        for (; i < length; i++)
            sum[i] = left[i] + right[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FoldTo4(float* lanes) =>
        (Vector128.Load(lanes) + Vector128.Load(lanes + 8)) + (Vector128.Load(lanes + 4) + Vector128.Load(lanes + 12));
}
