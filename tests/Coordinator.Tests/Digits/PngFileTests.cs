using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Tests.Digits;

public class PngFileTests
{
    [Fact]
    public void Reads_gray()
    {
        GrayImage image = Decode(TestPng.Encode(TestPng.Gray, 3, 2, [0, 50, 100, 150, 200, 255]));
        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal<byte>([0, 50, 100, 150, 200, 255], image.Pixels);
    }

    [Fact]
    public void Lays_gray_with_alpha_over_white() =>
        Assert.Equal<byte>([0, 255, 128, 200], Decode(TestPng.Encode(TestPng.GrayAlpha, 2, 2, [0, 255, 0, 0, 0, 127, 200, 255])).Pixels);

    [Fact]
    public void Lays_white_ink_over_black() =>
        Assert.Equal<byte>(
            [255, 0, 127, 230], Decode(TestPng.Encode(TestPng.GrayAlpha, 2, 2, [255, 255, 0, 0, 255, 127, 230, 255])).Pixels);

    [Fact]
    public async Task Refuses_a_pipe_and_a_device()
    {
        Needs.Unix();
        await using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        string path = "/dev/fd/" + pipe.GetClientHandleAsString();
        Assert.StartsWith(path + ": a pipe or a device", Assert.Throws<ImageException>(() => { PngFile.Read(path); }).Message);
        Assert.StartsWith("/dev/zero: no PNG file", Assert.Throws<ImageException>(() => { PngFile.Read("/dev/zero"); }).Message);
    }

    [Fact]
    public void Reads_colours_as_luma() =>
        Assert.Equal<byte>(
            [76, 150, 29, 255], Decode(TestPng.Encode(TestPng.Rgb, 4, 1, [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])).Pixels);

    [Fact]
    public void Lays_colours_with_alpha_over_white() =>
        Assert.Equal<byte>([76, 255, 0], Decode(TestPng.Encode(TestPng.Rgba, 3, 1, [255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 255])).Pixels);

    [Fact]
    public void Reads_a_palette_and_its_transparency()
    {
        byte[] palette = [10, 10, 10, 255, 0, 0, 0, 0, 0];
        byte[] png = TestPng.Encode(TestPng.Palette, 4, 1, [0, 1, 2, 1], palette, transparency: [255, 255, 0]);
        Assert.Equal<byte>([10, 76, 255, 76], Decode(png).Pixels);
    }

    [Fact]
    public void Refuses_too_many_pixels_before_it_decodes()
    {
        byte[] png =
            [.. TestPng.Signature, .. TestPng.Chunk("IHDR", TestPng.Header(5000, 5000, 8, TestPng.Gray)), .. TestPng.Chunk("IEND", [])];
        AssertRefused(png, "5000x5000 pixels");
        png = [.. TestPng.Signature, .. TestPng.Chunk("IHDR", TestPng.Header(int.MaxValue, int.MaxValue, 16, TestPng.Rgba)),
            .. TestPng.Chunk("IEND", [])];
        AssertRefused(png, "2147483647x2147483647 pixels");
    }

    [Fact]
    public void Refuses_what_is_no_picture()
    {
        AssertRefused([], "no PNG file");
        AssertRefused("GIF89a"u8.ToArray(), "no PNG file");
        AssertRefused(TestPng.Signature, "corrupt or cut off");
        AssertRefused(TestPng.Encode(TestPng.Gray, 0, 1, [1]), "corrupt or cut off");
        AssertRefused(TestPng.Encode(5, 2, 1, [1, 2]), "corrupt or cut off");
    }

    [Fact]
    public void Refuses_a_picture_with_too_few_or_too_many_rows()
    {
        byte[] header = TestPng.Chunk("IHDR", TestPng.Header(8, 8, 8, TestPng.Gray)), end = TestPng.Chunk("IEND", []);
        AssertRefused([.. TestPng.Signature, .. header, .. end], "corrupt or cut off");
        AssertRefused(
            [.. TestPng.Signature, .. header, .. TestPng.Chunk("IDAT", TestPng.Rows(new byte[8 * 7], 7)), .. end], "corrupt or cut off");
        byte[] bomb = TestPng.Rows(new byte[4 << 20], 1);
        AssertRefused([.. TestPng.Signature, .. header, .. TestPng.Chunk("IDAT", bomb), .. end], "corrupt or cut off");
    }

    [Property(MaxTest = 300)]
    public Property A_damaged_file_is_refused()
    {
        byte[] png = Png.Encode(TestDigits.Image(0), 28);
        var damage =
            from at in Gen.Choose(0, png.Length - 1)
            from bit in Gen.Choose(0, 7)
            from length in Gen.Frequency((2, Gen.Constant(png.Length)), (1, Gen.Choose(0, png.Length - 1)))
            select (at, bit, length);
        return Prop.ForAll(damage.ToArbitrary(), damage =>
        {
            byte[] bytes = (byte[])png.Clone();
            bytes[damage.at] ^= (byte)(1 << damage.bit);
            AssertRefused(bytes[..damage.length], "");
        });
    }

    [Property(MaxTest = 300)]
    public void Any_chunk_with_a_right_sum_is_decoded_or_refused(
        byte width, byte height, byte depth, byte kind, byte interlace, byte[] palette, byte[] raw, byte rows)
    {
        byte[] header = TestPng.Header(width % 16, height % 16, (byte)(1 << depth % 5), (byte)(kind % 7));
        header[12] = (byte)(interlace % 2);
        byte[] png =
        [
            .. TestPng.Signature, .. TestPng.Chunk("IHDR", header), .. TestPng.Chunk("PLTE", palette),
            .. TestPng.Chunk("IDAT", TestPng.Rows([.. raw, .. new byte[rows + 1]], 1)), .. TestPng.Chunk("IEND", []),
        ];
        try
        {
            GrayImage image = Decode(png);
            Assert.Equal(width % 16 * (height % 16), image.Pixels.Length);
        }
        catch (ImageException)
        {
        }
    }

    private static GrayImage Decode(byte[] png) => PngFile.Decode(png, "a.png");

    private static void AssertRefused(byte[] png, string says)
    {
        var error = Assert.Throws<ImageException>(() => { Decode(png); });
        Assert.StartsWith("a.png: ", error.Message);
        Assert.Contains(says, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
