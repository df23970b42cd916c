using System.IO.Compression;
using System.Security.Cryptography;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

/// <summary>A few images in MNIST's format, and the bytes of its files.</summary>
internal static class SmallSet
{
    public const int TrainCount = 30;
    public const int TestCount = 12;

    public static IReadOnlyDictionary<string, byte[]> Files { get; } = new Dictionary<string, byte[]>
    {
        [MnistFiles.TrainImages] = Images(TrainCount),
        [MnistFiles.TrainLabels] = Labels(TrainCount),
        [MnistFiles.TestImages] = Images(TestCount),
        [MnistFiles.TestLabels] = Labels(TestCount),
    };

    public static IReadOnlyDictionary<string, string> Sums { get; } =
        Files.ToDictionary(file => file.Key, file => Convert.ToHexStringLower(SHA256.HashData(file.Value)));

    public static byte[] Images(int count)
    {
        byte[] items = new byte[count * ImageSet.Pixels];
        for (int i = 0; i < items.Length; i++)
            items[i] = (byte)(i * 31 ^ i >> 5);
        return SmallData.Idx(0x803, [(uint)count, 28, 28], items);
    }

    public static byte[] Labels(int count) =>
        SmallData.Idx(0x801, [(uint)count], [.. Enumerable.Range(0, count).Select(i => (byte)(i * 7 % 10))]);

    public static byte[] Gzip(byte[] raw)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(raw);
        return packed.ToArray();
    }

    public static void Write(string folder, bool gzip = false)
    {
        foreach ((string name, byte[] raw) in Files)
            File.WriteAllBytes(Path.Combine(folder, gzip ? name + ".gz" : name), gzip ? Gzip(raw) : raw);
    }
}
