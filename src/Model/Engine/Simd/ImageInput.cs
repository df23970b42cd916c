using MnistDistributed.Model.Data;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>From bytes to the network's input: gray values in [0, 1], moved by whole pixels where the recipe says so.</summary>
public static unsafe class ImageInput
{
    private static readonly float[] Gray = Enumerable.Range(0, 256).Select(value => value / 255f).ToArray();

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
    public static void Read(ReadOnlySpan<byte> image, (int Down, int Right) shift, float* pixels)
    {
        const int side = ImageSet.Side;
        if (shift == (0, 0))
        {
            for (int i = 0; i < ImageSet.Pixels; i++)
                pixels[i] = Gray[image[i]];
            return;
        }

        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
            {
                int fromY = y - shift.Down;
                int fromX = x - shift.Right;
                bool inside = (uint)fromY < side && (uint)fromX < side;
                *pixels++ = inside ? Gray[image[fromY * side + fromX]] : 0;
            }
    }
}
