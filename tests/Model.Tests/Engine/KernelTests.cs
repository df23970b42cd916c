using FsCheck.Xunit;
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
    public void Weighted_rows_are_chains_of_fused_multiply_adds(byte width16, byte rowCount, uint seed)
    {
        int width = width16 % 24 * 16;
        int count = rowCount % 20;
        var memory = new AlignedFloats(2 * width + 1000);
        float* sum = memory.Pointer;
        float* rows = sum + width + 1;
        Fill(sum, 2 * width + 1000, seed);
        sum[width] = Guard;
        var offsets = stackalloc int[20];
        var factors = stackalloc float[20];
        for (int i = 0; i < count; i++)
        {
            offsets[i] = Philox.Below(900, Philox.Block(seed, Purpose.Order, 0, 0, (uint)i).X);
            factors[i] = i - 7.3f;
        }

        var expected = new float[width];
        for (int j = 0; j < width; j++)
        {
            expected[j] = sum[j];
            for (int i = 0; i < count; i++)
                expected[j] = MathF.FusedMultiplyAdd(factors[i], rows[offsets[i] + j], expected[j]);
        }

        WeightedRows.Add(sum, width, rows, offsets, factors, count);

        Assert.Equal(expected, new ReadOnlySpan<float>(sum, width).ToArray());
        Assert.Equal(Guard, sum[width]);
        GC.KeepAlive(memory);
    }

    [Theory]
    [InlineData(1, 16, 2)]
    [InlineData(3, 48, 10)]
    [InlineData(8, 400, 16)]
    public void A_dense_output_is_a_dot_product_in_16_lanes(int samples, int inputs, int outputs)
    {
        var memory = new AlignedFloats(samples * inputs + outputs * inputs + outputs + (samples + 2) * outputs);
        float* input = memory.Pointer;
        float* weights = input + samples * inputs;
        float* bias = weights + outputs * inputs;
        float* output = bias + outputs;
        Fill(input, samples * inputs + outputs * inputs + outputs, 9);
        new Span<float>(output, (samples + 2) * outputs).Fill(Guard);

        Dense.Forward(input, weights, bias, output, samples, inputs, outputs);

        for (int i = 0; i < samples; i++)
            for (int j = 0; j < outputs; j++)
            {
                var lanes = new float[16];
                for (int k = 0; k < inputs; k++)
                    lanes[k % 16] = MathF.FusedMultiplyAdd(input[i * inputs + k], weights[j * inputs + k], lanes[k % 16]);
                for (int half = 8; half > 0; half /= 2)
                    for (int lane = 0; lane < half; lane++)
                        lanes[lane] += lanes[lane + half];
                Assert.Equal(lanes[0] + bias[j], output[i * outputs + j]);
            }

        Assert.All(new ReadOnlySpan<float>(output + samples * outputs, 2 * outputs).ToArray(), value => Assert.Equal(Guard, value));
        GC.KeepAlive(memory);
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

        Lanes.Add(left, right, length);

        Assert.Equal(expected, new ReadOnlySpan<float>(left, 50).ToArray());
        GC.KeepAlive(memory);
    }
}
