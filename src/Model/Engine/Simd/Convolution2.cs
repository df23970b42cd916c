using System.Numerics;
using System.Runtime.CompilerServices;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The second layer: 3x3 convolution, bias, ReLU and 2x2 max-pool in one. Activations are channel-last. Forward it is Winograd's
/// F(2x2, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016), in which one tile is one window of the
/// pool: 16 products take the place of 36. Backward, one of a window's four positions at most has a gradient, and none where ReLU was
/// inactive; only what is left is worked on, output by output.
/// </summary>
public static unsafe class Convolution2
{
    /// <summary>Height and width of the input.</summary>
    public const int Side = Convolution1.Pooled;

    /// <summary>Windows of the pool.</summary>
    public const int Cells = Pooled * Pooled;

    /// <summary>Products of one tile.</summary>
    public const int Products = 16;

    private const int Pooled = Network.CnnShape.Pooled;
    private const int Taps = Convolution1.Taps;

    /// <summary>Outputs as the forward pass counts them: room for a whole number of its vectors.</summary>
    public static int Padded(int outputs) => (outputs + 31) & ~31;

    /// <summary>Floats that the forward pass works in.</summary>
    public static int Scratch(int inputs, int outputs) => Products * Pooled * (inputs + Padded(outputs));

    /// <summary>Brings filters into Winograd's domain: G·g·Gᵀ.</summary>
    /// <param name="weights"><c>[9, inputs, outputs]</c>.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels, a multiple of 16.</param>
    /// <param name="transformed">Receives <c>[16, inputs, Padded(outputs)]</c>; what is padding is not written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform<T>(float* weights, int inputs, int outputs, float* transformed)
        where T : unmanaged, ILanes<T>
    {
        int tap = inputs * outputs;
        int product = inputs * Padded(outputs);
        var half = T.All(0.5f);
        T* rows = stackalloc T[4 * 3];
        for (int input = 0; input < inputs; input++)
            for (int output = 0; output < outputs; output += T.Count)
            {
                float* filter = weights + input * outputs + output;
                for (int x = 0; x < 3; x++)
                {
                    var top = T.Load(filter + x * tap);
                    var middle = T.Load(filter + (3 + x) * tap);
                    var bottom = T.Load(filter + (6 + x) * tap);
                    var outer = top + bottom;
                    rows[x] = top;
                    rows[3 + x] = (outer + middle) * half;
                    rows[6 + x] = (outer - middle) * half;
                    rows[9 + x] = bottom;
                }

                float* target = transformed + input * Padded(outputs) + output;
                for (int y = 0; y < 4; y++)
                {
                    T* row = rows + 3 * y;
                    var outer = row[0] + row[2];
                    row[0].Store(target + 4 * y * product);
                    ((outer + row[1]) * half).Store(target + (4 * y + 1) * product);
                    ((outer - row[1]) * half).Store(target + (4 * y + 2) * product);
                    row[2].Store(target + (4 * y + 3) * product);
                }
            }
    }

    /// <summary>output = pool(relu(convolution(input) + bias)) for one image.</summary>
    /// <param name="input"><c>[13, 13, inputs]</c>.</param>
    /// <param name="inputs">Input channels, a multiple of 16.</param>
    /// <param name="transformed">The filters as <see cref="Transform"/> leaves them.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="outputs">Output channels, a multiple of 16.</param>
    /// <param name="scratch">Room for <see cref="Scratch"/> floats.</param>
    /// <param name="output">Receives <c>[25, outputs]</c>.</param>
    /// <param name="positions">Receives <c>[25, outputs]</c>: where in the input the winning position's
    /// receptive field begins, or <see cref="MaxPool.Inactive"/>.</param>
    /// <param name="active">Receives <c>[outputs]</c>: which of the 25 windows are not inactive, a bit each.</param>
    public static void Forward<T>(
        float* input, int inputs, float* transformed, float* bias, int outputs, float* scratch, float* output, int* positions, int* active)
        where T : unmanaged, ILanes<T>
    {
        new Span<int>(active, outputs).Clear();
        float* tiles = scratch;
        float* products = scratch + Products * Pooled * inputs;
        // A row of windows at a time, so that what lies between the transforms stays in the first-level cache.
        for (int y = 0; y < Pooled; y++)
        {
            TransformInput<T>(input + 2 * y * Side * inputs, inputs, tiles);
            Multiply<T>(tiles, inputs, transformed, Padded(outputs), products);
            TransformOutput<T>(
                products, y, inputs, bias, outputs, output + y * Pooled * outputs, positions + y * Pooled * outputs, active);
        }
    }

    /// <summary>Adds one image's gradient of filters and bias.</summary>
    /// <param name="input"><c>[13, 13, inputs]</c>.</param>
    /// <param name="inputs">Input channels, a multiple of 16.</param>
    /// <param name="outputGradient">In the order of the flattened output, <c>[outputs, 25]</c>.</param>
    /// <param name="positions"><c>[25, outputs]</c>, from the forward pass.</param>
    /// <param name="active"><c>[outputs]</c>, from the forward pass.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="filterGradient"><c>[outputs, 9, inputs]</c>, added to.</param>
    /// <param name="biasGradient"><c>[outputs]</c>, added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient<T>(
        float* input, int inputs, float* outputGradient, int* positions, int* active, int outputs,
        float* filterGradient, float* biasGradient)
        where T : unmanaged, ILanes<T>
    {
        int row = Side * inputs;
        for (int output = 0; output < outputs; output++, outputGradient += Cells, filterGradient += Taps * inputs)
        {
            float bias = biasGradient[output];
            for (int left = active[output]; left != 0; left &= left - 1)
                bias += outputGradient[BitOperations.TrailingZeroCount(left)];
            biasGradient[output] = bias;

            for (int channel = 0; channel < inputs; channel += T.Count)
            {
                float* gradient = filterGradient + channel;
                var g0 = T.Load(gradient);
                var g1 = T.Load(gradient + inputs);
                var g2 = T.Load(gradient + 2 * inputs);
                var g3 = T.Load(gradient + 3 * inputs);
                var g4 = T.Load(gradient + 4 * inputs);
                var g5 = T.Load(gradient + 5 * inputs);
                var g6 = T.Load(gradient + 6 * inputs);
                var g7 = T.Load(gradient + 7 * inputs);
                var g8 = T.Load(gradient + 8 * inputs);
                for (int left = active[output]; left != 0; left &= left - 1)
                {
                    int cell = BitOperations.TrailingZeroCount(left);
                    var factor = T.All(outputGradient[cell]);
                    float* x = input + positions[cell * outputs + output] + channel;
                    g0 = T.MultiplyAdd(factor, T.Load(x), g0);
                    g1 = T.MultiplyAdd(factor, T.Load(x + inputs), g1);
                    g2 = T.MultiplyAdd(factor, T.Load(x + 2 * inputs), g2);
                    x += row;
                    g3 = T.MultiplyAdd(factor, T.Load(x), g3);
                    g4 = T.MultiplyAdd(factor, T.Load(x + inputs), g4);
                    g5 = T.MultiplyAdd(factor, T.Load(x + 2 * inputs), g5);
                    x += row;
                    g6 = T.MultiplyAdd(factor, T.Load(x), g6);
                    g7 = T.MultiplyAdd(factor, T.Load(x + inputs), g7);
                    g8 = T.MultiplyAdd(factor, T.Load(x + 2 * inputs), g8);
                }

                g0.Store(gradient);
                g1.Store(gradient + inputs);
                g2.Store(gradient + 2 * inputs);
                g3.Store(gradient + 3 * inputs);
                g4.Store(gradient + 4 * inputs);
                g5.Store(gradient + 5 * inputs);
                g6.Store(gradient + 6 * inputs);
                g7.Store(gradient + 7 * inputs);
                g8.Store(gradient + 8 * inputs);
            }
        }
    }

    /// <summary>Computes one image's gradient of the input: each active window receives its output's filter, weighted.</summary>
    /// <param name="filters"><c>[outputs, 9, inputs]</c>.</param>
    /// <param name="inputs">Input channels, a multiple of 16.</param>
    /// <param name="outputGradient">In the order of the flattened output, <c>[outputs, 25]</c>.</param>
    /// <param name="positions"><c>[25, outputs]</c>, from the forward pass.</param>
    /// <param name="active"><c>[outputs]</c>, from the forward pass.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="inputGradient">Receives <c>[13, 13, inputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InputGradient<T>(
        float* filters, int inputs, float* outputGradient, int* positions, int* active, int outputs, float* inputGradient)
        where T : unmanaged, ILanes<T>
    {
        int row = Side * inputs;
        new Span<float>(inputGradient, Side * row).Clear();
        for (int output = 0; output < outputs; output++, outputGradient += Cells, filters += Taps * inputs)
        {
            for (int channel = 0; channel < inputs; channel += T.Count)
            {
                float* filter = filters + channel;
                var f0 = T.Load(filter);
                var f1 = T.Load(filter + inputs);
                var f2 = T.Load(filter + 2 * inputs);
                var f3 = T.Load(filter + 3 * inputs);
                var f4 = T.Load(filter + 4 * inputs);
                var f5 = T.Load(filter + 5 * inputs);
                var f6 = T.Load(filter + 6 * inputs);
                var f7 = T.Load(filter + 7 * inputs);
                var f8 = T.Load(filter + 8 * inputs);
                for (int left = active[output]; left != 0; left &= left - 1)
                {
                    int cell = BitOperations.TrailingZeroCount(left);
                    var factor = T.All(outputGradient[cell]);
                    float* x = inputGradient + positions[cell * outputs + output] + channel;
                    T.MultiplyAdd(factor, f0, T.Load(x)).Store(x);
                    T.MultiplyAdd(factor, f1, T.Load(x + inputs)).Store(x + inputs);
                    T.MultiplyAdd(factor, f2, T.Load(x + 2 * inputs)).Store(x + 2 * inputs);
                    x += row;
                    T.MultiplyAdd(factor, f3, T.Load(x)).Store(x);
                    T.MultiplyAdd(factor, f4, T.Load(x + inputs)).Store(x + inputs);
                    T.MultiplyAdd(factor, f5, T.Load(x + 2 * inputs)).Store(x + 2 * inputs);
                    x += row;
                    T.MultiplyAdd(factor, f6, T.Load(x)).Store(x);
                    T.MultiplyAdd(factor, f7, T.Load(x + inputs)).Store(x + inputs);
                    T.MultiplyAdd(factor, f8, T.Load(x + 2 * inputs)).Store(x + 2 * inputs);
                }
            }
        }
    }

    // tiles[product, x, channel] = Bᵀ·d·B, where d are the 4x4 cells of the window at x.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformInput<T>(float* input, int inputs, float* tiles)
        where T : unmanaged, ILanes<T>
    {
        int row = Side * inputs;
        int product = Pooled * inputs;
        for (int x = 0; x < Pooled; x++)
            for (int channel = 0; channel < inputs; channel += T.Count)
            {
                float* d = input + 2 * x * inputs + channel;
                float* tile = tiles + x * inputs + channel;
                TransformRow(T.Load(d), T.Load(d + inputs), T.Load(d + 2 * inputs), T.Load(d + 3 * inputs),
                    out var a0, out var a1, out var a2, out var a3);
                d += row;
                TransformRow(T.Load(d), T.Load(d + inputs), T.Load(d + 2 * inputs), T.Load(d + 3 * inputs),
                    out var b0, out var b1, out var b2, out var b3);
                d += row;
                TransformRow(T.Load(d), T.Load(d + inputs), T.Load(d + 2 * inputs), T.Load(d + 3 * inputs),
                    out var c0, out var c1, out var c2, out var c3);
                (a0 - c0).Store(tile);
                (a1 - c1).Store(tile + product);
                (a2 - c2).Store(tile + 2 * product);
                (a3 - c3).Store(tile + 3 * product);
                tile += 4 * product;
                (b0 + c0).Store(tile);
                (b1 + c1).Store(tile + product);
                (b2 + c2).Store(tile + 2 * product);
                (b3 + c3).Store(tile + 3 * product);
                tile += 4 * product;
                (c0 - b0).Store(tile);
                (c1 - b1).Store(tile + product);
                (c2 - b2).Store(tile + 2 * product);
                (c3 - b3).Store(tile + 3 * product);
                d += row;
                TransformRow(T.Load(d), T.Load(d + inputs), T.Load(d + 2 * inputs), T.Load(d + 3 * inputs),
                    out var e0, out var e1, out var e2, out var e3);
                tile += 4 * product;
                (b0 - e0).Store(tile);
                (b1 - e1).Store(tile + product);
                (b2 - e2).Store(tile + 2 * product);
                (b3 - e3).Store(tile + 3 * product);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransformRow<T>(T d0, T d1, T d2, T d3, out T t0, out T t1, out T t2, out T t3)
        where T : unmanaged, ILanes<T>
    {
        t0 = d0 - d2;
        t1 = d1 + d2;
        t2 = d2 - d1;
        t3 = d1 - d3;
    }

    // products[product, x, output] = sum over channels of tiles[product, x, channel] * filters[product, channel, output].
    // Five windows by two vectors of outputs: ten chains, which 16 registers still hold.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<T>(float* tiles, int inputs, float* filters, int outputs, float* products)
        where T : unmanaged, ILanes<T>
    {
        for (int product = 0; product < Products; product++)
        {
            for (int output = 0; output < outputs; output += 2 * T.Count)
            {
                var a0 = T.All(0f);
                var b0 = a0;
                var a1 = a0;
                var b1 = a0;
                var a2 = a0;
                var b2 = a0;
                var a3 = a0;
                var b3 = a0;
                var a4 = a0;
                var b4 = a0;
                float* filter = filters + output;
                for (float* tile = tiles, end = tiles + inputs; tile < end; tile++, filter += outputs)
                {
                    var filterA = T.Load(filter);
                    var filterB = T.Load(filter + T.Count);
                    var x = T.All(tile[0]);
                    a0 = T.MultiplyAdd(x, filterA, a0);
                    b0 = T.MultiplyAdd(x, filterB, b0);
                    x = T.All(tile[inputs]);
                    a1 = T.MultiplyAdd(x, filterA, a1);
                    b1 = T.MultiplyAdd(x, filterB, b1);
                    x = T.All(tile[2 * inputs]);
                    a2 = T.MultiplyAdd(x, filterA, a2);
                    b2 = T.MultiplyAdd(x, filterB, b2);
                    x = T.All(tile[3 * inputs]);
                    a3 = T.MultiplyAdd(x, filterA, a3);
                    b3 = T.MultiplyAdd(x, filterB, b3);
                    x = T.All(tile[4 * inputs]);
                    a4 = T.MultiplyAdd(x, filterA, a4);
                    b4 = T.MultiplyAdd(x, filterB, b4);
                }

                float* target = products + output;
                a0.Store(target);
                b0.Store(target + T.Count);
                target += outputs;
                a1.Store(target);
                b1.Store(target + T.Count);
                target += outputs;
                a2.Store(target);
                b2.Store(target + T.Count);
                target += outputs;
                a3.Store(target);
                b3.Store(target + T.Count);
                target += outputs;
                a4.Store(target);
                b4.Store(target + T.Count);
            }

            tiles += Pooled * inputs;
            filters += inputs * outputs;
            products += Pooled * outputs;
        }
    }

    // Aᵀ·m·A gives the window's four values.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransformOutput<T>(
        float* products, int y, int inputs, float* bias, int outputs, float* output, int* positions, int* active)
        where T : unmanaged, ILanes<T>
    {
        int product = Pooled * Padded(outputs);
        for (int x = 0; x < Pooled; x++)
        {
            int field = (2 * y * Side + 2 * x) * inputs;
            for (int channel = 0; channel < outputs; channel += T.Count)
            {
                float* m = products + x * Padded(outputs) + channel;
                var b = T.Load(bias + channel);
                TransformColumn<T>(m, product, out var s0, out var d0);
                TransformColumn<T>(m + 4 * product, product, out var s1, out var d1);
                TransformColumn<T>(m + 8 * product, product, out var s2, out var d2);
                TransformColumn<T>(m + 12 * product, product, out var s3, out var d3);
                int cell = x * outputs + channel;
                var inactive = MaxPool.Store(
                    s0 + s1 + s2 + b, d0 + d1 + d2 + b, s1 - s2 - s3 + b, d1 - d2 - d3 + b,
                    field, field + inputs, field + Side * inputs, field + (Side + 1) * inputs, output + cell, positions + cell);
                float* bits = (float*)active + channel;
                (T.Load(bits) | T.Select(inactive, T.All(0), T.All(1 << (y * Pooled + x)))).Store(bits);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransformColumn<T>(float* m, int product, out T sum, out T difference)
        where T : unmanaged, ILanes<T>
    {
        var m1 = T.Load(m + product);
        var m2 = T.Load(m + 2 * product);
        sum = T.Load(m) + m1 + m2;
        difference = m1 - m2 - T.Load(m + 3 * product);
    }
}
