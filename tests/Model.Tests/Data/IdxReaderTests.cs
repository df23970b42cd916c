using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Tests.Data;

public class IdxReaderTests
{
    private static readonly byte[] Images = SmallSet.Images(5);
    private static readonly byte[] Labels = SmallSet.Labels(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_images_and_labels_raw_or_gzipped(bool gzip)
    {
        IdxFile images = ReadImages(gzip ? SmallSet.Gzip(Images) : Images);
        IdxFile labels = ReadLabels(gzip ? SmallSet.Gzip(Labels) : Labels);

        Assert.Equal(5, images.Count);
        Assert.Equal(Images[16..], images.Items);
        Assert.Equal(SHA256.HashData(Images), images.Sha256);
        Assert.Equal(5, labels.Count);
        Assert.Equal(Labels[8..], labels.Items);
        Assert.Equal(SHA256.HashData(Labels), labels.Sha256);
    }

    [Fact]
    public void Reads_a_gzipped_file_of_many_chunks()
    {
        byte[] raw = SmallSet.Images(2000);
        IdxFile images = ReadImages(SmallSet.Gzip(raw));
        Assert.Equal(raw[16..], images.Items);
        Assert.Equal(SHA256.HashData(raw), images.Sha256);
    }

    public static TheoryData<string, byte[], string> BadImages()
    {
        byte[] labels = SmallSet.Labels(5);
        return new()
        {
            { "empty file", [], "only 0 bytes" },
            { "half a header", Images[..10], "only 10 bytes" },
            { "a text file", "<html>not found</html>"u8.ToArray(), "a web page, not an IDX file of images" },
            { "labels", labels, "which is that of labels" },
            { "not 28x28", SmallData.Idx(0x803, [5, 32, 32], new byte[5 * 1024]), "32x32" },
            { "four thousand million", SmallData.Idx(0x803, [4_000_000_000, 28, 28], new byte[784]), "claims 4000000000 images" },
            { "no images", SmallData.Idx(0x803, [0, 28, 28], []), "no images" },
            { "cut off", Images[..^1], "too short" },
            { "trailing", [.. Images, 0], "bytes follow" },
        };
    }

    [Theory]
    [MemberData(nameof(BadImages))]
    public void Refuses_bad_images_raw_and_gzipped(string fault, byte[] raw, string says)
    {
        AssertRefused(() => ReadImages(raw), fault, says);
        string[] either = says == "too short" ? ["too short", "file ends after"] : [says];
        AssertRefused(() => ReadImages(SmallSet.Gzip(raw)), fault, either);
    }

    [Fact]
    public void A_label_is_any_byte()
    {
        byte[] raw = SmallSet.Labels(5);
        raw[8 + 3] = 255;
        Assert.Equal(255, ReadLabels(raw).Items[3]);
    }

    [Fact]
    public void Refuses_every_cut_of_a_gzipped_file()
    {
        byte[] packed = SmallSet.Gzip(Labels);
        for (int length = 0; length < packed.Length; length++)
            AssertRefused(() => ReadLabels(packed[..length]), $"cut to {length}");
    }

    [Fact]
    public void Refuses_bytes_after_the_gzip_data() =>
        AssertRefused(() =>
            ReadImages([.. SmallSet.Gzip(Images), 1, 2, 3, 4]), "trailing", "several gzip members or trailing bytes; unpack it");

    [Fact]
    public void Refuses_several_gzip_members_and_says_what_to_do() =>
        AssertRefused(
            () => ReadImages([.. SmallSet.Gzip(Images[..1000]), .. SmallSet.Gzip(Images[1000..])]), "members",
                "several gzip members or trailing bytes; unpack it");

    [Fact]
    public void A_gzip_bomb_is_left_at_the_first_byte_too_many()
    {
        byte[] bomb = SmallSet.Gzip(SmallData.Idx(0x803, [1, 28, 28], new byte[100 << 20]));
        AssertAllocatesLittle(() => AssertRefused(() => ReadImages(bomb), "bomb", "bytes follow"), bomb.Length);
    }

    [Theory]
    [InlineData(1_369_569)]
    [InlineData(uint.MaxValue)]
    public void Allocates_nothing_on_a_headers_word(uint claimed)
    {
        byte[] raw = SmallData.Idx(0x803, [claimed, 28, 28], new byte[784]);
        AssertAllocatesLittle(() => AssertRefused(() => ReadImages(raw), "raw"), raw.Length);
        byte[] packed = SmallSet.Gzip(raw);
        AssertAllocatesLittle(() => AssertRefused(() => ReadImages(packed), "gzip"), packed.Length);
    }

    [Fact]
    public void A_gzip_file_that_could_hold_what_it_claims_and_does_not_costs_what_it_holds()
    {
        // 100 KB of noise, which might unpack to 100 MB by its size alone.
        byte[] noise = new byte[100_000];
        new System.Random(1).NextBytes(noise);
        byte[] packed = SmallSet.Gzip(SmallData.Idx(0x803, [100_000, 28, 28], noise));
        AssertAllocatesLittle(() =>
            AssertRefused(() => ReadImages(packed), "claim", "file ends after 127 of 100000 images"), packed.Length);
    }

    [Property(MaxTest = 500)]
    public void Random_bytes_are_refused(byte[] bytes)
    {
        AssertRefused(() => ReadImages(bytes), "images");
        AssertRefused(() => ReadLabels(bytes), "labels");
        AssertRefused(() => ReadImages([0x1f, 0x8b, .. bytes]), "gzip");
        AssertRefused(() => ReadLabels([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, .. bytes]), "gzip body");
        AssertRefused(() => ReadImages([0, 0, 8, 3, .. bytes]), "header");
    }

    [Property(MaxTest = 500)]
    public Property A_mutated_file_is_read_whole_or_refused()
    {
        Gen<(byte[] File, int At, byte Value, int Length)> mutations =
            from file in Gen.Elements(Images, Labels, SmallSet.Gzip(Images), SmallSet.Gzip(Labels))
            from at in Gen.Choose(0, file.Length - 1)
            from value in Gen.Choose(0, 255)
            from length in Gen.Frequency((3, Gen.Constant(file.Length)), (1, Gen.Choose(0, file.Length + 20)))
            select (file, at, (byte)value, length);
        return Prop.ForAll(mutations.ToArbitrary(), mutation =>
        {
            byte[] bytes = (byte[])mutation.File.Clone();
            bytes[mutation.At] = mutation.Value;
            Array.Resize(ref bytes, mutation.Length);
            AssertSoundOrRefused(bytes, ReadImages, 16, ImageSet.Pixels);
            AssertSoundOrRefused(bytes, ReadLabels, 8, 1);
        });
    }

    private static void AssertSoundOrRefused(byte[] bytes, Func<byte[], IdxFile> read, int header, int itemBytes)
    {
        IdxFile file;
        try
        {
            file = read(bytes);
        }
        catch (DataException)
        {
            return;
        }
        using var raw = new MemoryStream();
        IdxReader.Unpacked(new MemoryStream(bytes)).CopyTo(raw);
        Assert.Equal(header + file.Count * itemBytes, raw.Length);
        Assert.Equal(raw.ToArray()[header..], file.Items);
        Assert.Equal(SHA256.HashData(raw.ToArray()), file.Sha256);
    }

    private static IdxFile ReadImages(byte[] bytes) => IdxReader.ReadImages(new MemoryStream(bytes), "some-images", CancellationToken.None);

    private static IdxFile ReadLabels(byte[] bytes) => IdxReader.ReadLabels(new MemoryStream(bytes), "some-labels", CancellationToken.None);

    private static void AssertRefused(Func<IdxFile> read, string fault, params string[] saysOneOf)
    {
        var error = Assert.Throws<DataException>(() => { read(); });
        Assert.StartsWith("some-", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(saysOneOf.Length == 0 || saysOneOf.Any(error.Message.Contains), $"{fault}: {error.Message}");
    }

    private static void AssertAllocatesLittle(Action read, int fileSize)
    {
        read();
        long before = GC.GetAllocatedBytesForCurrentThread();
        read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * fileSize + (256 << 10));
    }
}
