using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>The backward pass of the first convolution, whose input is the image: only the weights' gradient is wanted.</summary>
public static unsafe class Convolution1
{
    private const int Side = Data.ImageSet.Side;
    private const int Pooled = (Side - ConvolutionPool.Filter + 1) / 2;

    /// <summary>Adds one image's gradient.</summary>
    /// <param name="image"><c>[28, 28]</c>.</param>
    /// <param name="outputGradient"><c>[13, 13, channels]</c>.</param>
    /// <param name="positions"><c>[13, 13, channels]</c>, from the forward pass.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="weightGradient"><c>[3, 3, channels]</c>, added to.</param>
    /// <param name="biasGradient"><c>[channels]</c>, added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(
        float* image, float* outputGradient, int* positions, int channels, float* weightGradient, float* biasGradient)
    {
        for (int channel = 0; channel < channels; channel += 8)
            Backward8(image, outputGradient + channel, positions + channel, channels, weightGradient + channel, biasGradient + channel);
    }

    // Eight channels side by side: nine taps and the bias accumulate over all cells. The pool's window and the filter together see
    // 4x4 pixels; each of the window's four positions has the gradient where it won and zero elsewhere.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward8(
        float* image, float* outputGradient, int* positions, int channels, float* weightGradient, float* biasGradient)
    {
        var t00 = Vector256.Load(weightGradient);
        var t01 = Vector256.Load(weightGradient + channels);
        var t02 = Vector256.Load(weightGradient + 2 * channels);
        var t10 = Vector256.Load(weightGradient + 3 * channels);
        var t11 = Vector256.Load(weightGradient + 4 * channels);
        var t12 = Vector256.Load(weightGradient + 5 * channels);
        var t20 = Vector256.Load(weightGradient + 6 * channels);
        var t21 = Vector256.Load(weightGradient + 7 * channels);
        var t22 = Vector256.Load(weightGradient + 8 * channels);
        var bias = Vector256.Load(biasGradient);
        for (int y = 0; y < Pooled; y++)
            for (int x = 0; x < Pooled; x++)
            {
                var gradient = Vector256.Load(outputGradient);
                var position = Vector256.Load(positions);
                outputGradient += channels;
                positions += channels;
                var g0 = Where(position, 0, gradient);
                var g1 = Where(position, 1, gradient);
                var g2 = Where(position, 2, gradient);
                var g3 = Where(position, 3, gradient);
                bias += (g0 + g1) + (g2 + g3);

                float* pixels = image + 2 * y * Side + 2 * x;
                var pixel = Vector256.Create(pixels[0]);
                t00 = Vector256.FusedMultiplyAdd(g0, pixel, t00);
                pixel = Vector256.Create(pixels[1]);
                t01 = Vector256.FusedMultiplyAdd(g0, pixel, t01);
                t00 = Vector256.FusedMultiplyAdd(g1, pixel, t00);
                pixel = Vector256.Create(pixels[2]);
                t02 = Vector256.FusedMultiplyAdd(g0, pixel, t02);
                t01 = Vector256.FusedMultiplyAdd(g1, pixel, t01);
                pixel = Vector256.Create(pixels[3]);
                t02 = Vector256.FusedMultiplyAdd(g1, pixel, t02);

                pixels += Side;
                pixel = Vector256.Create(pixels[0]);
                t10 = Vector256.FusedMultiplyAdd(g0, pixel, t10);
                t00 = Vector256.FusedMultiplyAdd(g2, pixel, t00);
                pixel = Vector256.Create(pixels[1]);
                t11 = Vector256.FusedMultiplyAdd(g0, pixel, t11);
                t10 = Vector256.FusedMultiplyAdd(g1, pixel, t10);
                t01 = Vector256.FusedMultiplyAdd(g2, pixel, t01);
                t00 = Vector256.FusedMultiplyAdd(g3, pixel, t00);
                pixel = Vector256.Create(pixels[2]);
                t12 = Vector256.FusedMultiplyAdd(g0, pixel, t12);
                t11 = Vector256.FusedMultiplyAdd(g1, pixel, t11);
                t02 = Vector256.FusedMultiplyAdd(g2, pixel, t02);
                t01 = Vector256.FusedMultiplyAdd(g3, pixel, t01);
                pixel = Vector256.Create(pixels[3]);
                t12 = Vector256.FusedMultiplyAdd(g1, pixel, t12);
                t02 = Vector256.FusedMultiplyAdd(g3, pixel, t02);

                pixels += Side;
                pixel = Vector256.Create(pixels[0]);
                t20 = Vector256.FusedMultiplyAdd(g0, pixel, t20);
                t10 = Vector256.FusedMultiplyAdd(g2, pixel, t10);
                pixel = Vector256.Create(pixels[1]);
                t21 = Vector256.FusedMultiplyAdd(g0, pixel, t21);
                t20 = Vector256.FusedMultiplyAdd(g1, pixel, t20);
                t11 = Vector256.FusedMultiplyAdd(g2, pixel, t11);
                t10 = Vector256.FusedMultiplyAdd(g3, pixel, t10);
                pixel = Vector256.Create(pixels[2]);
                t22 = Vector256.FusedMultiplyAdd(g0, pixel, t22);
                t21 = Vector256.FusedMultiplyAdd(g1, pixel, t21);
                t12 = Vector256.FusedMultiplyAdd(g2, pixel, t12);
                t11 = Vector256.FusedMultiplyAdd(g3, pixel, t11);
                pixel = Vector256.Create(pixels[3]);
                t22 = Vector256.FusedMultiplyAdd(g1, pixel, t22);
                t12 = Vector256.FusedMultiplyAdd(g3, pixel, t12);

                pixels += Side;
                pixel = Vector256.Create(pixels[0]);
                t20 = Vector256.FusedMultiplyAdd(g2, pixel, t20);
                pixel = Vector256.Create(pixels[1]);
                t21 = Vector256.FusedMultiplyAdd(g2, pixel, t21);
                t20 = Vector256.FusedMultiplyAdd(g3, pixel, t20);
                pixel = Vector256.Create(pixels[2]);
                t22 = Vector256.FusedMultiplyAdd(g2, pixel, t22);
                t21 = Vector256.FusedMultiplyAdd(g3, pixel, t21);
                pixel = Vector256.Create(pixels[3]);
                t22 = Vector256.FusedMultiplyAdd(g3, pixel, t22);
            }

        t00.Store(weightGradient);
        t01.Store(weightGradient + channels);
        t02.Store(weightGradient + 2 * channels);
        t10.Store(weightGradient + 3 * channels);
        t11.Store(weightGradient + 4 * channels);
        t12.Store(weightGradient + 5 * channels);
        t20.Store(weightGradient + 6 * channels);
        t21.Store(weightGradient + 7 * channels);
        t22.Store(weightGradient + 8 * channels);
        bias.Store(biasGradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Where(Vector256<int> position, int index, Vector256<float> gradient) =>
        gradient & Vector256.Equals(position, Vector256.Create(index)).AsSingle();
}
