using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The kernel of the dense layers' backward pass. Behind ReLU and dropout most gradients are zero, so the others are gathered in lists,
/// and what remains are short sums of long rows. Those of several slots are added along their tree while they are in cache, so that each
/// element is written once, however many slots there are.
/// </summary>
public static unsafe class WeightedRows
{
    /// <summary>Floats for partial sums that wait for their right siblings: <see cref="Sum"/>'s scratch.</summary>
    public const int Scratch = 32 * Vectors * 16;

    private const int Vectors = 10;

    /// <summary>
    /// sum[j] = tree sum over the slots of (factors[0] * rows[offsets[0] + j] + factors[1] * rows[offsets[1] + j] + ...), within a slot
    /// one fused multiply-add after the other, from zero.
    /// </summary>
    /// <param name="sum">Receives <c>[width]</c>.</param>
    /// <param name="width">A multiple of 16.</param>
    /// <param name="rows">What the offsets count from.</param>
    /// <param name="offsets">Where each row begins.</param>
    /// <param name="factors">The factor of each row.</param>
    /// <param name="ends">Where each slot's part of the list ends; it may be empty.</param>
    /// <param name="adds">How many sums are complete with each slot, as <see cref="SlotTree"/> has it.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="scratch"><see cref="Scratch"/> floats.</param>
    public static void Sum<T>(
        float* sum, int width, float* rows, int* offsets, float* factors, int* ends, int* adds, int slots, float* scratch)
        where T : unmanaged, ILanes<T>
    {
        int j = 0;
        for (; j <= width - Vectors * T.Count; j += Vectors * T.Count)
            Ten<T>(sum + j, rows + j, offsets, factors, ends, adds, slots, scratch);
        for (; j < width; j += T.Count)
            One<T>(sum + j, rows + j, offsets, factors, ends, adds, slots, scratch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ten<T>(float* sum, float* rows, int* offsets, float* factors, int* ends, int* adds, int slots, float* waiting)
        where T : unmanaged, ILanes<T>
    {
        int i = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            var a0 = T.All(0f);
            var a1 = a0;
            var a2 = a0;
            var a3 = a0;
            var a4 = a0;
            var a5 = a0;
            var a6 = a0;
            var a7 = a0;
            var a8 = a0;
            var a9 = a0;
            for (int end = ends[slot]; i < end; i++)
            {
                var factor = T.All(factors[i]);
                float* row = rows + offsets[i];
                a0 = T.MultiplyAdd(factor, T.Load(row), a0);
                a1 = T.MultiplyAdd(factor, T.Load(row + T.Count), a1);
                a2 = T.MultiplyAdd(factor, T.Load(row + 2 * T.Count), a2);
                a3 = T.MultiplyAdd(factor, T.Load(row + 3 * T.Count), a3);
                a4 = T.MultiplyAdd(factor, T.Load(row + 4 * T.Count), a4);
                a5 = T.MultiplyAdd(factor, T.Load(row + 5 * T.Count), a5);
                a6 = T.MultiplyAdd(factor, T.Load(row + 6 * T.Count), a6);
                a7 = T.MultiplyAdd(factor, T.Load(row + 7 * T.Count), a7);
                a8 = T.MultiplyAdd(factor, T.Load(row + 8 * T.Count), a8);
                a9 = T.MultiplyAdd(factor, T.Load(row + 9 * T.Count), a9);
            }

            for (int add = adds[slot]; add > 0; add--)
            {
                waiting -= Vectors * T.Count;
                a0 = T.Load(waiting) + a0;
                a1 = T.Load(waiting + T.Count) + a1;
                a2 = T.Load(waiting + 2 * T.Count) + a2;
                a3 = T.Load(waiting + 3 * T.Count) + a3;
                a4 = T.Load(waiting + 4 * T.Count) + a4;
                a5 = T.Load(waiting + 5 * T.Count) + a5;
                a6 = T.Load(waiting + 6 * T.Count) + a6;
                a7 = T.Load(waiting + 7 * T.Count) + a7;
                a8 = T.Load(waiting + 8 * T.Count) + a8;
                a9 = T.Load(waiting + 9 * T.Count) + a9;
            }

            float* target = slot == slots - 1 ? sum : waiting;
            a0.Store(target);
            a1.Store(target + T.Count);
            a2.Store(target + 2 * T.Count);
            a3.Store(target + 3 * T.Count);
            a4.Store(target + 4 * T.Count);
            a5.Store(target + 5 * T.Count);
            a6.Store(target + 6 * T.Count);
            a7.Store(target + 7 * T.Count);
            a8.Store(target + 8 * T.Count);
            a9.Store(target + 9 * T.Count);
            waiting += Vectors * T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T>(float* sum, float* rows, int* offsets, float* factors, int* ends, int* adds, int slots, float* waiting)
        where T : unmanaged, ILanes<T>
    {
        int i = 0;
        for (int slot = 0; slot < slots; slot++)
        {
            var a = T.All(0f);
            for (int end = ends[slot]; i < end; i++)
                a = T.MultiplyAdd(T.All(factors[i]), T.Load(rows + offsets[i]), a);
            for (int add = adds[slot]; add > 0; add--)
            {
                waiting -= T.Count;
                a = T.Load(waiting) + a;
            }

            a.Store(slot == slots - 1 ? sum : waiting);
            waiting += T.Count;
        }
    }
}
