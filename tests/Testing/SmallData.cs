using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;

namespace MnistDistributed.Testing;

/// <summary>Small data sets of made-up images, in memory and in files.</summary>
public static class SmallData
{
    /// <summary>A data set in memory.</summary>
    /// <param name="training">Training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="name">What its digest is made of.</param>
    public static DataSet Set(int training, int test, string name)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return new DataSet(Fingerprint.SyntheticImages(training), Fingerprint.SyntheticImages(test), digest);
    }

    /// <summary>Makes a folder with the four files of a data set.</summary>
    public static void Write(string folder, int training, int test) =>
        Write(folder, Fingerprint.SyntheticImages(training), Fingerprint.SyntheticImages(test));

    /// <summary>Makes a folder with the four files of a data set.</summary>
    public static void Write(string folder, ImageSet training, ImageSet test)
    {
        Directory.CreateDirectory(folder);
        WriteSet(training, MnistFiles.TrainImages, MnistFiles.TrainLabels);
        WriteSet(test, MnistFiles.TestImages, MnistFiles.TestLabels);

        void WriteSet(ImageSet set, string images, string labels)
        {
            File.WriteAllBytes(Path.Combine(folder, images), Idx(0x803, [(uint)set.Count, 28, 28], set.AllPixels));
            File.WriteAllBytes(Path.Combine(folder, labels), Idx(0x801, [(uint)set.Count], set.Labels));
        }
    }

    /// <summary>The bytes of an IDX file.</summary>
    /// <param name="magic">Its first number: kind of the items, and number of dimensions.</param>
    /// <param name="sizes">Size of each dimension.</param>
    /// <param name="items">The items.</param>
    public static byte[] Idx(uint magic, uint[] sizes, ReadOnlySpan<byte> items)
    {
        byte[] file = new byte[4 + 4 * sizes.Length + items.Length];
        BinaryPrimitives.WriteUInt32BigEndian(file, magic);
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(4 + 4 * i), sizes[i]);
        items.CopyTo(file.AsSpan(4 + 4 * sizes.Length));
        return file;
    }
}
