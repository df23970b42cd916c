using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The kernel of every backward pass but the first layer's. Behind ReLU, max-pool and dropout most gradients are zero,
/// so the others are gathered in a list, and what remains is a short sum of long rows.
/// </summary>
public static unsafe class WeightedRows
{
    /// <summary>
    /// sum[j] += factors[0] * rows[offsets[0] + j] + factors[1] * rows[offsets[1] + j] + ..., one fused multiply-add after the other.
    /// </summary>
    /// <param name="sum"><c>[width]</c>, added to.</param>
    /// <param name="width">A multiple of 16.</param>
    /// <param name="rows">What the offsets count from.</param>
    /// <param name="offsets">Where each row begins.</param>
    /// <param name="factors">The factor of each row.</param>
    /// <param name="count">How many rows; 0 adds nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* sum, int width, float* rows, int* offsets, float* factors, int count)
    {
        int j = 0;
        for (; j <= width - 96; j += 96)
            Add96(sum + j, rows + j, offsets, factors, count);
        if (j <= width - 48)
        {
            Add48(sum + j, rows + j, offsets, factors, count);
            j += 48;
        }

        for (; j < width; j += 16)
            Add16(sum + j, rows + j, offsets, factors, count);
    }

    // 12 accumulators, a factor and nothing else: what 16 registers hold.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add96(float* sum, float* rows, int* offsets, float* factors, int count)
    {
        var a0 = Vector256.Load(sum);
        var a1 = Vector256.Load(sum + 8);
        var a2 = Vector256.Load(sum + 16);
        var a3 = Vector256.Load(sum + 24);
        var a4 = Vector256.Load(sum + 32);
        var a5 = Vector256.Load(sum + 40);
        var a6 = Vector256.Load(sum + 48);
        var a7 = Vector256.Load(sum + 56);
        var a8 = Vector256.Load(sum + 64);
        var a9 = Vector256.Load(sum + 72);
        var a10 = Vector256.Load(sum + 80);
        var a11 = Vector256.Load(sum + 88);
        for (int i = 0; i < count; i++)
        {
            var factor = Vector256.Create(factors[i]);
            float* row = rows + offsets[i];
            a0 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row), a0);
            a1 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 24), a3);
            a4 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 32), a4);
            a5 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 40), a5);
            a6 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 48), a6);
            a7 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 56), a7);
            a8 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 64), a8);
            a9 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 72), a9);
            a10 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 80), a10);
            a11 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 88), a11);
        }

        a0.Store(sum);
        a1.Store(sum + 8);
        a2.Store(sum + 16);
        a3.Store(sum + 24);
        a4.Store(sum + 32);
        a5.Store(sum + 40);
        a6.Store(sum + 48);
        a7.Store(sum + 56);
        a8.Store(sum + 64);
        a9.Store(sum + 72);
        a10.Store(sum + 80);
        a11.Store(sum + 88);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add48(float* sum, float* rows, int* offsets, float* factors, int count)
    {
        var a0 = Vector256.Load(sum);
        var a1 = Vector256.Load(sum + 8);
        var a2 = Vector256.Load(sum + 16);
        var a3 = Vector256.Load(sum + 24);
        var a4 = Vector256.Load(sum + 32);
        var a5 = Vector256.Load(sum + 40);
        for (int i = 0; i < count; i++)
        {
            var factor = Vector256.Create(factors[i]);
            float* row = rows + offsets[i];
            a0 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row), a0);
            a1 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 24), a3);
            a4 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 32), a4);
            a5 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 40), a5);
        }

        a0.Store(sum);
        a1.Store(sum + 8);
        a2.Store(sum + 16);
        a3.Store(sum + 24);
        a4.Store(sum + 32);
        a5.Store(sum + 40);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add16(float* sum, float* rows, int* offsets, float* factors, int count)
    {
        var a0 = Vector256.Load(sum);
        var a1 = Vector256.Load(sum + 8);
        for (int i = 0; i < count; i++)
        {
            var factor = Vector256.Create(factors[i]);
            float* row = rows + offsets[i];
            a0 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row), a0);
            a1 = Vector256.FusedMultiplyAdd(factor, Vector256.Load(row + 8), a1);
        }

        a0.Store(sum);
        a1.Store(sum + 8);
    }
}
