using System.Numerics;
using System.Runtime.InteropServices;
using FsCheck.Xunit;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>
/// The kernels on their own, to the bit: each element is one chain of fused multiply-adds, however it is cut into vectors.
/// </summary>
public unsafe class KernelTests
{
    private const float Guard = 12345;

    private static void Fill(float* values, int length, uint seed)
    {
        for (int i = 0; i < length; i++)
            values[i] = 2 * Philox.Unit(Philox.Block(seed, Purpose.SyntheticImages, 0, 0, (uint)i).X) - 1;
    }

    [Property(MaxTest = 50)]
    public void Weighted_rows_are_chains_of_fused_multiply_adds_along_the_tree_of_slots(byte width16, byte[] slotRows, uint seed)
    {
        int width = width16 % 24 * 16;
        int[] counts = [.. slotRows.Take(4).Select(rows => rows % 5), .. Enumerable.Repeat(0, 4 - Math.Min(4, slotRows.Length))];
        int count = counts.Sum();
        if (count == 0)
            return;
        var tree = new SlotTree();
        tree.Reset(counts);
        var memory = new AlignedFloats(width + 1000);
        float* rows = memory.Pointer;
        Fill(rows, width + 1000, seed);
        int[] offsets = [.. Enumerable.Range(0, count).Select(i => Philox.Below(900, Philox.Block(seed, Purpose.Order, 0, 0, (uint)i).X))];
        float[] factors = [.. Enumerable.Range(0, count).Select(i => i - 7.3f)];

        var expected = new float[width];
        for (int j = 0; j < width; j++)
        {
            int i = 0;
            var sums = counts.Select(rowCount =>
            {
                float sum = 0;
                for (int end = i + rowCount; i < end; i++)
                    sum = MathF.FusedMultiplyAdd(factors[i], rows[offsets[i] + j], sum);
                return rowCount == 0 ? (float?)null : sum;
            }).ToArray();
            expected[j] = Add(Add(sums[0], sums[1]), Add(sums[2], sums[3]))!.Value;
        }

        Assert.Equal(expected, Sum<Lanes8>(tree, width, rows, offsets, factors));
        Assert.Equal(expected, Sum<Lanes16>(tree, width, rows, offsets, factors));
        GC.KeepAlive(memory);
    }

    private static float? Add(float? left, float? right) => left is null ? right : right is null ? left : left + right;

    private static float[] Sum<T>(SlotTree tree, int width, float* rows, int[] offsets, float[] factors)
        where T : unmanaged, ILanes<T>
    {
        var memory = new AlignedFloats(width + 1);
        var scratch = new AlignedFloats(WeightedRows.Scratch);
        memory.Pointer[width] = Guard;
        fixed (int* o = offsets, ends = tree.Ends, adds = tree.Adds)
        fixed (float* f = factors)
            WeightedRows.Sum<T>(memory.Pointer, width, rows, o, f, ends, adds, tree.Slots, scratch.Pointer);
        Assert.Equal(Guard, memory.Pointer[width]);
        GC.KeepAlive(scratch);
        return new ReadOnlySpan<float>(memory.Pointer, width).ToArray();
    }

    [Theory]
    [InlineData(1, 16, 2)]
    [InlineData(3, 48, 10)]
    [InlineData(8, 400, 16)]
    [InlineData(5, 1600, 7)]
    public void A_dense_output_is_a_dot_product_in_16_lanes(int samples, int inputs, int outputs)
    {
        A_dense_output<Lanes8>(samples, inputs, outputs);
        A_dense_output<Lanes16>(samples, inputs, outputs);
    }

    private static void A_dense_output<T>(int samples, int inputs, int outputs)
        where T : unmanaged, ILanes<T>
    {
        const int stride = 16;
        var memory = new AlignedFloats(samples * inputs + outputs * inputs + outputs + (samples + 2) * stride + 1000);
        var dots = new AlignedFloats(samples * stride * 16);
        float* input = memory.Pointer;
        float* weights = input + samples * inputs;
        float* bias = weights + outputs * inputs;
        float* output = bias + outputs;
        Fill(input, samples * inputs + outputs * inputs + outputs, 9);
        new Span<float>(output, (samples + 2) * stride).Fill(Guard);

        Dense.Forward<T>(input, weights, bias, output, stride, samples, inputs, outputs, dots.Pointer);

        for (int i = 0; i < samples; i++)
            for (int j = 0; j < outputs; j++)
            {
                var lanes = new float[16];
                for (int k = 0; k < inputs; k++)
                    lanes[k % 16] = MathF.FusedMultiplyAdd(input[i * inputs + k], weights[j * inputs + k], lanes[k % 16]);
                for (int half = 8; half > 0; half /= 2)
                    for (int lane = 0; lane < half; lane++)
                        lanes[lane] += lanes[lane + half];
                Assert.Equal(lanes[0] + bias[j], output[i * stride + j]);
            }

        for (int i = 0; i < samples + 2; i++)
            for (int j = i < samples ? outputs : 0; j < stride; j++)
                Assert.Equal(Guard, output[i * stride + j]);
        GC.KeepAlive(memory);
        GC.KeepAlive(dots);
    }

    [Fact]
    public void A_pooled_value_knows_the_first_of_the_largest_positions()
    {
        A_pooled_value<Lanes8>();
        A_pooled_value<Lanes16>();
    }

    // The four values of one window in every combination of two heights, above zero and below.
    private static void A_pooled_value<T>()
        where T : unmanaged, ILanes<T>
    {
        float* output = stackalloc float[16];
        int* positions = stackalloc int[16];
        for (int mask = 0; mask < 16; mask++)
        {
            T Value(int position, float least) => T.All(least + (mask >> position & 1));
            MaxPool.Store(Value(0, 1), Value(1, 1), Value(2, 1), Value(3, 1), 10, 11, 12, 13, output, positions);
            Assert.Equal(mask == 0 ? 1 : 2, output[T.Count - 1]);
            Assert.Equal(10 + (mask == 0 ? 0 : BitOperations.TrailingZeroCount(mask)), positions[T.Count - 1]);

            MaxPool.Store(Value(0, -1), Value(1, -1), Value(2, -1), Value(3, -1), 10, 11, 12, 13, output, positions);
            Assert.Equal(0, output[0]);
            Assert.Equal(MaxPool.Inactive, positions[0]);
        }

        MaxPool.Store(T.All(float.NaN), T.All(1f), T.All(2f), T.All(0f), 0, 1, 2, 3, output, positions);
        Assert.Equal(float.NaN, output[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void Arrays_are_added_to_the_last_element_and_no_further(int length)
    {
        var memory = new AlignedFloats(100);
        float* left = memory.Pointer;
        float* right = left + 50;
        Fill(left, 100, 4);
        var expected = new float[50];
        for (int i = 0; i < 50; i++)
            expected[i] = i < length ? left[i] + right[i] : left[i];

        Lanes.Add(new Span<float>(left, length), new Span<float>(right, length));

        Assert.Equal(expected, new ReadOnlySpan<float>(left, 50).ToArray());
        GC.KeepAlive(memory);
    }

    // A read behind it ends the process of the tests.
    [Fact]
    public void A_dense_layer_reads_nothing_behind_the_memory_that_it_works_in()
    {
        Needs.Linux();
        const int samples = 2, inputs = 16, outputs = 16;
        const int readWrite = 3, privateAnonymous = 0x22;
        int page = Environment.SystemPageSize;
        byte* pages = (byte*)Map(0, 2 * page, readWrite, privateAnonymous, -1, 0);
        Assert.Equal(0, Protect((nint)(pages + page), page, 0));
        var memory = new AlignedFloats(samples * inputs + outputs * inputs + outputs + samples * outputs);
        float* weights = memory.Pointer + samples * inputs;
        float* bias = weights + outputs * inputs;

        Dense.Forward<Lanes16>(
            memory.Pointer, weights, bias, bias + outputs, outputs, samples, inputs, outputs,
            (float*)(pages + page) - samples * outputs * 16);

        GC.KeepAlive(memory);
        Assert.Equal(0, Unmap((nint)pages, 2 * page));
    }

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect")]
    private static extern int Protect(nint address, nint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint address, nint length);
}
