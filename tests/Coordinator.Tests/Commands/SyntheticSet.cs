using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>A small data set in a folder.</summary>
public static class SyntheticSet
{
    /// <summary>Makes the folder with its four files.</summary>
    public static void Write(string folder, int training, int test)
    {
        Directory.CreateDirectory(folder);
        Write(folder, Fingerprint.SyntheticImages(training), MnistFiles.TrainImages, MnistFiles.TrainLabels);
        Write(folder, Fingerprint.SyntheticImages(test), MnistFiles.TestImages, MnistFiles.TestLabels);
    }

    private static void Write(string folder, ImageSet set, string images, string labels)
    {
        File.WriteAllBytes(Path.Combine(folder, images), [0, 0, 8, 3, .. BigEndian(set.Count), 0, 0, 0, 28, 0, 0, 0, 28, .. set.AllPixels]);
        File.WriteAllBytes(Path.Combine(folder, labels), [0, 0, 8, 1, .. BigEndian(set.Count), .. set.Labels]);
    }

    private static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
