using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>What the engine's tests share: small runs, made-up images, and the reference's answer for them.</summary>
internal static class Batches
{
    public static readonly RunSpec Narrow = new()
    {
        Network = new CnnShape(16, 16, 16),
        Recipe = new Recipe { Dropout = 0 },
    };

    /// <summary>Images with empty regions, as digits have, so that pooling meets ties.</summary>
    public static ImageSet Images(int count, int classes = CnnShape.Digits) => Fingerprint.SyntheticImages(count, classes);

    public static (float[] Gradient, BlockSum Sum) Gradient(
        IGradientEngine engine, RunSpec spec, float[] weights, int epoch, int[] samples, params int[] slotSizes)
    {
        var gradient = new float[spec.Network.ParameterCount()];
        Array.Fill(gradient, float.NaN);
        return (gradient, engine.Gradient(weights, new BlockBatch(epoch, samples, slotSizes), gradient));
    }

    public static (double[] Gradient, double Loss) Reference(
        RunSpec spec, ImageSet images, float[] weights, int epoch, IEnumerable<int> samples)
    {
        var network = new ReferenceNetwork(spec.Network, weights);
        var gradient = new double[weights.Length];
        double loss = 0;
        foreach (int sample in samples)
            loss += network.Loss(
                Pixels(spec, images, epoch, sample), images.Labels[sample], spec.Recipe.LabelSmoothing, Dropout(spec, epoch, sample),
                    gradient);
        return (gradient, loss);
    }

    public static double[] Pixels(ImageSet images, int sample)
    {
        var pixels = new double[ImageSet.Pixels];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = images.Image(sample)[i] / 255.0;
        return pixels;
    }

    public static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    /// <summary>The largest difference, in parts of the largest element of the parameter it is in.</summary>
    public static double Difference(CnnShape shape, float[] actual, double[] expected) =>
        shape.Parameters().Max(parameter =>
        {
            var range = Enumerable.Range(parameter.Offset, parameter.Length);
            double scale = range.Max(i => Math.Abs(expected[i]));
            return range.Max(i => Math.Abs(actual[i] - expected[i])) / (scale == 0 ? 1 : scale);
        });

    private static double[] Pixels(RunSpec spec, ImageSet images, int epoch, int sample)
    {
        if (spec.Recipe.Rotation > 0)
            return Distorted(spec, images, epoch, sample);
        int shift = spec.Recipe.Shift;
        var pixels = Pixels(images, sample);
        if (shift == 0)
            return pixels;
        var (x, y, _, _) = Philox.Block(spec.Seed, Purpose.Augmentation, epoch, sample, 0);
        int down = (int)((ulong)x * (ulong)(2 * shift + 1) >> 32) - shift;
        int right = (int)((ulong)y * (ulong)(2 * shift + 1) >> 32) - shift;
        var moved = new double[pixels.Length];
        for (int row = 0; row < 28; row++)
            for (int column = 0; column < 28; column++)
                if (row + down is >= 0 and < 28 && column + right is >= 0 and < 28)
                    moved[(row + down) * 28 + column + right] = pixels[row * 28 + column];
        return moved;
    }

    private static unsafe double[] Distorted(RunSpec spec, ImageSet images, int epoch, int sample)
    {
        float[] result = new float[ImageSet.Pixels];
        fixed (float* pixels = result)
            new Augmentation(spec).Read(images.Image(sample), epoch, sample, pixels);
        return Array.ConvertAll(result, pixel => (double)pixel);
    }

    private static double[]? Dropout(RunSpec spec, int epoch, int sample)
    {
        double probability = spec.Recipe.Dropout;
        if (probability == 0)
            return null;
        var factors = new double[spec.Network.Hidden];
        for (int i = 0; i < factors.Length; i++)
        {
            var (x, y, z, w) = Philox.Block(spec.Seed, Purpose.Dropout, epoch, sample, (uint)i / 4);
            uint word = new[] { x, y, z, w }[i % 4];
            factors[i] = word < probability * (1L << 32) ? 0 : 1 / (1 - probability);
        }

        return factors;
    }
}
