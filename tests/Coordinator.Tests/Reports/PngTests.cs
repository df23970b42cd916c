using FsCheck.Xunit;
using MnistDistributed.Coordinator.Reports;
using StbImageSharp;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class PngTests
{
    [Property]
    public void Another_decoder_reads_the_same_pixels(byte size, int seed)
    {
        int width = size % 40 + 1;
        var pixels = new byte[width * (seed & 31 | 1)];
        new Random(seed).NextBytes(pixels);

        var image = ImageResult.FromMemory(Png.Encode(pixels, width), ColorComponents.Grey);

        Assert.Equal(width, image.Width);
        Assert.Equal(pixels.Length / width, image.Height);
        Assert.Equal(ColorComponents.Grey, image.SourceComp);
        Assert.Equal(pixels, image.Data);
    }

    [Fact]
    public void Checksums_are_those_of_the_standard()
    {
        byte[] png = Png.Encode(new byte[4], 2);

        // The checksum of an empty IEND chunk is the same in every PNG file.
        Assert.Equal([0, 0, 0, 0, (byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xAE, 0x42, 0x60, 0x82], png[^12..]);
    }

    [Fact]
    public void A_digit_is_small()
    {
        var digit = new byte[28 * 28];
        for (int row = 5; row < 23; row++)
            digit.AsSpan(row * 28 + 12, 4).Fill(250);

        Assert.InRange(Png.Encode(digit, 28).Length, 60, 200);
    }
}
