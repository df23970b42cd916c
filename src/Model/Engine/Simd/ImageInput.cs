using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>From bytes to the network's input: gray values in [0, 1], moved by whole pixels where the recipe says so.</summary>
public static unsafe class ImageInput
{
    private const int Side = ImageSet.Side;

    /// <summary>By how many pixels a sample is moved in an epoch.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="sample">Index of the sample in the source file.</param>
    /// <param name="bound">The most it may move in each direction.</param>
    public static (int Down, int Right) Shift(ulong seed, int epoch, int sample, int bound)
    {
        if (bound == 0)
            return (0, 0);
        var (x, y, _, _) = Philox.Block(seed, Purpose.Augmentation, epoch, sample, 0);
        return (Philox.Below(2 * bound + 1, x) - bound, Philox.Below(2 * bound + 1, y) - bound);
    }

    /// <summary>Reads an image.</summary>
    /// <param name="image"><c>[28, 28]</c>.</param>
    /// <param name="shift">Pixels that leave the frame are lost, those that enter are 0.</param>
    /// <param name="pixels">Receives <c>[28, 28]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(ReadOnlySpan<byte> image, (int Down, int Right) shift, float* pixels)
    {
        // As memory the image moves as a whole; what then is at the wrong end of a row had left the frame.
        int by = shift.Down * Side + shift.Right;
        int from = Math.Max(0, -by);
        int to = Math.Max(0, by);
        int count = Math.Max(0, ImageSet.Pixels - Math.Abs(by));
        new Span<float>(pixels, to).Clear();
        fixed (byte* source = image)
            Convert(source + from, count, pixels + to);
        new Span<float>(pixels + to + count, ImageSet.Pixels - to - count).Clear();

        int entered = Math.Abs(shift.Right);
        float* edge = shift.Right > 0 ? pixels : pixels + Side - entered;
        for (int y = 0; y < Side && entered > 0; y++)
            new Span<float>(edge + y * Side, entered).Clear();
    }

    // value / 255, rounded once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Convert(byte* source, int count, float* pixels)
    {
        var white = Vector256.Create(255f);
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.Create(
                Vector128.WidenLower(Vector128.Load(source + i)), Vector128.WidenUpper(Vector128.Load(source + i))));
            (Vector256.ConvertToSingle(low.AsInt32()) / white).Store(pixels + i);
            (Vector256.ConvertToSingle(high.AsInt32()) / white).Store(pixels + i + 8);
        }

        for (; i < count; i++)
            pixels[i] = source[i] / 255f;
    }
}
