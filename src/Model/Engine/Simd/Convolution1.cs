using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// The first layer: 3x3 convolution of the image, bias, ReLU and 2x2 max-pool in one, channels side by side. What the pool does not keep
/// never reaches memory. The filters stay in registers, and a window sees 4x4 pixels; more than half of all windows are blank, and skipped.
/// </summary>
public static unsafe class Convolution1
{
    /// <summary>Height and width of the pooled output.</summary>
    public const int Pooled = 13;

    /// <summary>Taps of a filter.</summary>
    public const int Taps = 9;

    private const int Side = Data.ImageSet.Side;

    /// <summary>output = pool(relu(convolution(image) + bias)).</summary>
    /// <param name="image"><c>[28, 28]</c>.</param>
    /// <param name="filters"><c>[9, channels]</c>.</param>
    /// <param name="bias"><c>[channels]</c>.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="output">Receives <c>[13, 13, channels]</c>.</param>
    /// <param name="positions">Receives <c>[13, 13, channels]</c>: from which of a window's four
    /// positions the value came, 0 to 3, or <see cref="MaxPool.Inactive"/>.</param>
    public static void Forward<T>(float* image, float* filters, float* bias, int channels, float* output, int* positions)
        where T : unmanaged, ILanes<T>
    {
        for (int channel = 0; channel < channels; channel += T.Count)
            Forward<T>(image, filters + channel, T.Load(bias + channel), channels, output + channel, positions + channel);
    }

    /// <summary>Adds the gradient of filters and bias. Nobody asks for that of the image.</summary>
    /// <param name="image"><c>[28, 28]</c>.</param>
    /// <param name="outputGradient"><c>[13, 13, channels]</c>.</param>
    /// <param name="positions"><c>[13, 13, channels]</c>, from the forward pass.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="filterGradient"><c>[9, channels]</c>, added to.</param>
    /// <param name="biasGradient"><c>[channels]</c>, added to.</param>
    [SkipLocalsInit]
    public static void Backward<T>(
        float* image, float* outputGradient, int* positions, int channels, float* filterGradient, float* biasGradient)
        where T : unmanaged, ILanes<T>
    {
        float* quads = stackalloc float[4 * Side * Side];
        Quads(image, quads);
        for (int channel = 0; channel < channels; channel += T.Count)
            Backward<T>(
                image, quads, outputGradient + channel, positions + channel, channels, filterGradient + channel, biasGradient + channel);
    }

    // Four positions of a window are four chains, each over bias and taps in their order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(float* image, float* filters, T bias, int channels, float* output, int* positions)
        where T : unmanaged, ILanes<T>
    {
        var f0 = T.Load(filters);
        var f1 = T.Load(filters + channels);
        var f2 = T.Load(filters + 2 * channels);
        var f3 = T.Load(filters + 3 * channels);
        var f4 = T.Load(filters + 4 * channels);
        var f5 = T.Load(filters + 5 * channels);
        var f6 = T.Load(filters + 6 * channels);
        var f7 = T.Load(filters + 7 * channels);
        var f8 = T.Load(filters + 8 * channels);
        for (int y = 0; y < Pooled; y++)
            for (int x = 0; x < Pooled; x++, output += channels, positions += channels)
            {
                float* row = image + 2 * y * Side + 2 * x;
                if (IsBlank(row))
                {
                    MaxPool.Store(bias, bias, bias, bias, 0, 1, 2, 3, output, positions);
                    continue;
                }

                var pixel = T.All(row[0]);
                var v0 = T.MultiplyAdd(pixel, f0, bias);
                pixel = T.All(row[1]);
                v0 = T.MultiplyAdd(pixel, f1, v0);
                var v1 = T.MultiplyAdd(pixel, f0, bias);
                pixel = T.All(row[2]);
                v0 = T.MultiplyAdd(pixel, f2, v0);
                v1 = T.MultiplyAdd(pixel, f1, v1);
                v1 = T.MultiplyAdd(T.All(row[3]), f2, v1);

                row += Side;
                pixel = T.All(row[0]);
                v0 = T.MultiplyAdd(pixel, f3, v0);
                var v2 = T.MultiplyAdd(pixel, f0, bias);
                pixel = T.All(row[1]);
                v0 = T.MultiplyAdd(pixel, f4, v0);
                v1 = T.MultiplyAdd(pixel, f3, v1);
                v2 = T.MultiplyAdd(pixel, f1, v2);
                var v3 = T.MultiplyAdd(pixel, f0, bias);
                pixel = T.All(row[2]);
                v0 = T.MultiplyAdd(pixel, f5, v0);
                v1 = T.MultiplyAdd(pixel, f4, v1);
                v2 = T.MultiplyAdd(pixel, f2, v2);
                v3 = T.MultiplyAdd(pixel, f1, v3);
                pixel = T.All(row[3]);
                v1 = T.MultiplyAdd(pixel, f5, v1);
                v3 = T.MultiplyAdd(pixel, f2, v3);

                row += Side;
                pixel = T.All(row[0]);
                v0 = T.MultiplyAdd(pixel, f6, v0);
                v2 = T.MultiplyAdd(pixel, f3, v2);
                pixel = T.All(row[1]);
                v0 = T.MultiplyAdd(pixel, f7, v0);
                v1 = T.MultiplyAdd(pixel, f6, v1);
                v2 = T.MultiplyAdd(pixel, f4, v2);
                v3 = T.MultiplyAdd(pixel, f3, v3);
                pixel = T.All(row[2]);
                v0 = T.MultiplyAdd(pixel, f8, v0);
                v1 = T.MultiplyAdd(pixel, f7, v1);
                v2 = T.MultiplyAdd(pixel, f5, v2);
                v3 = T.MultiplyAdd(pixel, f4, v3);
                pixel = T.All(row[3]);
                v1 = T.MultiplyAdd(pixel, f8, v1);
                v3 = T.MultiplyAdd(pixel, f5, v3);

                row += Side;
                v2 = T.MultiplyAdd(T.All(row[0]), f6, v2);
                pixel = T.All(row[1]);
                v2 = T.MultiplyAdd(pixel, f7, v2);
                v3 = T.MultiplyAdd(pixel, f6, v3);
                pixel = T.All(row[2]);
                v2 = T.MultiplyAdd(pixel, f8, v2);
                v3 = T.MultiplyAdd(pixel, f7, v3);
                v3 = T.MultiplyAdd(T.All(row[3]), f8, v3);
                MaxPool.Store(v0, v1, v2, v3, 0, 1, 2, 3, output, positions);
            }
    }

    // A tap has seen one of four pixels, in each lane the one from the position that won: quads[y, x] are those of the tap at (y, x).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(
        float* image, float* quads, float* outputGradient, int* positions, int channels, float* filterGradient, float* biasGradient)
        where T : unmanaged, ILanes<T>
    {
        var g0 = T.Load(filterGradient);
        var g1 = T.Load(filterGradient + channels);
        var g2 = T.Load(filterGradient + 2 * channels);
        var g3 = T.Load(filterGradient + 3 * channels);
        var g4 = T.Load(filterGradient + 4 * channels);
        var g5 = T.Load(filterGradient + 5 * channels);
        var g6 = T.Load(filterGradient + 6 * channels);
        var g7 = T.Load(filterGradient + 7 * channels);
        var g8 = T.Load(filterGradient + 8 * channels);
        var bias = T.Load(biasGradient);
        for (int y = 0; y < Pooled; y++)
            for (int x = 0; x < Pooled; x++, outputGradient += channels, positions += channels)
            {
                var position = T.Load((float*)positions);
                var gradient = T.Select(T.Negative(position), T.All(0f), T.Load(outputGradient));
                bias += gradient;
                if (IsBlank(image + 2 * y * Side + 2 * x))
                    continue;

                float* row = quads + 4 * (2 * y * Side + 2 * x);
                g0 = T.MultiplyAdd(gradient, T.Pick(row, position), g0);
                g1 = T.MultiplyAdd(gradient, T.Pick(row + 4, position), g1);
                g2 = T.MultiplyAdd(gradient, T.Pick(row + 8, position), g2);
                row += 4 * Side;
                g3 = T.MultiplyAdd(gradient, T.Pick(row, position), g3);
                g4 = T.MultiplyAdd(gradient, T.Pick(row + 4, position), g4);
                g5 = T.MultiplyAdd(gradient, T.Pick(row + 8, position), g5);
                row += 4 * Side;
                g6 = T.MultiplyAdd(gradient, T.Pick(row, position), g6);
                g7 = T.MultiplyAdd(gradient, T.Pick(row + 4, position), g7);
                g8 = T.MultiplyAdd(gradient, T.Pick(row + 8, position), g8);
            }

        g0.Store(filterGradient);
        g1.Store(filterGradient + channels);
        g2.Store(filterGradient + 2 * channels);
        g3.Store(filterGradient + 3 * channels);
        g4.Store(filterGradient + 4 * channels);
        g5.Store(filterGradient + 5 * channels);
        g6.Store(filterGradient + 6 * channels);
        g7.Store(filterGradient + 7 * channels);
        g8.Store(filterGradient + 8 * channels);
        bias.Store(biasGradient);
    }

    // quads[y, x] = image[y, x], image[y, x + 1], image[y + 1, x], image[y + 1, x + 1]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quads(float* image, float* quads)
    {
        for (int y = 0; y < Side - 1; y++)
            for (int x = 0; x < Side - 1; x++)
            {
                float* pixel = image + y * Side + x;
                float* quad = quads + 4 * (y * Side + x);
                Vector64.Load(pixel).Store(quad);
                Vector64.Load(pixel + Side).Store(quad + 2);
            }
    }

    // No pixel of a window's 4x4 has a bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBlank(float* window)
    {
        int* pixels = (int*)window;
        return (Vector128.Load(pixels) | Vector128.Load(pixels + Side)
            | Vector128.Load(pixels + 2 * Side) | Vector128.Load(pixels + 3 * Side)) == Vector128<int>.Zero;
    }
}
