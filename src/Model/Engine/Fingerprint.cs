using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// What a machine's arithmetic makes of one small, fixed batch. Workers of one run must agree on it:
/// where it differs, so would the weights.
/// </summary>
public static class Fingerprint
{
    private static readonly int[] SlotSizes = [3, 2];

    /// <summary>
    /// SHA-256, in lower-case hex, of the gradient and the loss of a block
    /// of two small slots of made-up images, at the run's initial weights.
    /// </summary>
    /// <exception cref="ArgumentException">The run's engine is unknown, or cannot do what the run asks.</exception>
    public static string Of(RunSpec spec)
    {
        var images = SyntheticImages(SlotSizes.Sum(), spec.Network.Classes);
        var engine = GradientEngines.Create(spec, images);
        int[] samples = [.. Enumerable.Range(0, images.Count)];
        var gradient = new float[spec.Network.ParameterCount()];
        var sum = engine.Gradient(InitialWeights.Create(spec), new BlockBatch(0, samples, SlotSizes), gradient);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<float>(gradient));
        hash.AppendData(BitConverter.GetBytes(sum.Loss));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Images of random pixels, one in four of them not background, with random labels. The same ones always.</summary>
    /// <param name="count">How many images.</param>
    /// <param name="classes">Their labels are below it.</param>
    public static ImageSet SyntheticImages(int count, int classes = CnnShape.Digits)
    {
        var pixels = new byte[count * ImageSet.Pixels];
        var labels = new byte[count];
        Span<uint> words = new uint[ImageSet.Pixels + 1];
        for (int i = 0; i < count; i++)
        {
            Philox.Fill(0, Purpose.SyntheticImages, 0, i, words);
            labels[i] = (byte)Philox.Below(classes, words[^1]);
            for (int j = 0; j < ImageSet.Pixels; j++)
                pixels[i * ImageSet.Pixels + j] = words[j] < 1u << 30 ? (byte)words[j] : (byte)0;
        }

        return new ImageSet(pixels, labels);
    }
}
