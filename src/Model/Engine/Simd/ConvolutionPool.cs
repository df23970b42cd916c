using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The forward pass of both convolutions: 3x3 convolution, bias, ReLU and 2x2 max-pool in one. What the pool does not keep
/// never reaches memory, and what it does not look at (an odd last row and column) is never computed.
/// Activations are channel-last.
/// </summary>
public static unsafe class ConvolutionPool
{
    /// <summary>Output channels that one pass over a window computes; widths are multiples of it.</summary>
    public const int Tile = 16;

    /// <summary>Rows and columns of the filter.</summary>
    public const int Filter = 3;

    /// <summary>Marks a pooled value that ReLU set to zero: no gradient passes.</summary>
    public const int Inactive = -1;

    /// <summary>Reorders filters for <see cref="Forward"/>.</summary>
    /// <param name="weights">PyTorch's <c>[outputs, inputs, 3, 3]</c>.</param>
    /// <param name="packed">Receives <c>[outputs / 16, 3, 3, inputs, 16]</c>.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels, a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* weights, float* packed, int inputs, int outputs)
    {
        const int taps = Filter * Filter;
        for (int output = 0; output < outputs; output++)
        {
            float* tile = packed + output / Tile * taps * inputs * Tile + output % Tile;
            for (int input = 0; input < inputs; input++)
                for (int tap = 0; tap < taps; tap++)
                    tile[(tap * inputs + input) * Tile] = *weights++;
        }
    }

    /// <summary>output = pool(relu(convolution(input) + bias)) for one image.</summary>
    /// <param name="input"><c>[side, side, inputs]</c>.</param>
    /// <param name="side">Height and width of the input.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="packed">The filters as <see cref="Pack"/> leaves them.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="output">Receives <c>[pooled, pooled, outputs]</c>, pooled = (side - 2) / 2.</param>
    /// <param name="positions">Receives, for each of these, which of the window's four
    /// positions it came from, the first of equals; or <see cref="Inactive"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* input, int side, int inputs, float* packed, float* bias, int outputs, float* output, int* positions)
    {
        int pooled = (side - Filter + 1) / 2;
        int row = side * inputs;
        for (int tile = 0; tile < outputs; tile += Tile)
        {
            float* filters = packed + tile * Filter * Filter * inputs;
            for (int y = 0; y < pooled; y++)
                for (int x = 0; x < pooled; x++)
                {
                    int cell = (y * pooled + x) * outputs + tile;
                    Window(input + 2 * y * row + 2 * x * inputs, row, inputs, filters, bias + tile, output + cell, positions + cell);
                }
        }
    }

    // Four positions of 16 channels are eight independent chains, as many as it takes to keep two FMA units of latency four busy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Window(float* input, int row, int inputs, float* filters, float* bias, float* output, int* positions)
    {
        var a0 = Vector256.Load(bias);
        var b0 = Vector256.Load(bias + 8);
        var a1 = a0;
        var b1 = b0;
        var a2 = a0;
        var b2 = b0;
        var a3 = a0;
        var b3 = b0;
        int run = Filter * inputs;
        for (int y = 0; y < Filter; y++)
        {
            float* top = input + y * row;
            float* bottom = top + row;
            for (int i = 0; i < run; i++)
            {
                var filterA = Vector256.Load(filters);
                var filterB = Vector256.Load(filters + 8);
                filters += Tile;
                var x0 = Vector256.Create(top[i]);
                a0 = Vector256.FusedMultiplyAdd(x0, filterA, a0);
                b0 = Vector256.FusedMultiplyAdd(x0, filterB, b0);
                var x1 = Vector256.Create(top[i + inputs]);
                a1 = Vector256.FusedMultiplyAdd(x1, filterA, a1);
                b1 = Vector256.FusedMultiplyAdd(x1, filterB, b1);
                var x2 = Vector256.Create(bottom[i]);
                a2 = Vector256.FusedMultiplyAdd(x2, filterA, a2);
                b2 = Vector256.FusedMultiplyAdd(x2, filterB, b2);
                var x3 = Vector256.Create(bottom[i + inputs]);
                a3 = Vector256.FusedMultiplyAdd(x3, filterA, a3);
                b3 = Vector256.FusedMultiplyAdd(x3, filterB, b3);
            }
        }

        Pool(a0, a1, a2, a3, output, positions);
        Pool(b0, b1, b2, b3, output + 8, positions + 8);
    }

    // ReLU after the pool keeps what ReLU before it would have kept. The
    // comparisons let a NaN through, so that a training that diverges shows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pool(
        Vector256<float> v0, Vector256<float> v1, Vector256<float> v2, Vector256<float> v3, float* output, int* positions)
    {
        var best = v0;
        var position = Vector256<int>.Zero;
        Keep(v1, 1, ref best, ref position);
        Keep(v2, 2, ref best, ref position);
        Keep(v3, 3, ref best, ref position);
        var inactive = Vector256.LessThanOrEqual(best, Vector256<float>.Zero);
        Vector256.AndNot(best, inactive).Store(output);
        (position | inactive.AsInt32()).Store(positions);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(Vector256<float> value, int index, ref Vector256<float> best, ref Vector256<int> position)
    {
        var greater = Vector256.GreaterThan(value, best);
        best = Vector256.ConditionalSelect(greater, value, best);
        position = Vector256.ConditionalSelect(greater.AsInt32(), Vector256.Create(index), position);
    }
}
