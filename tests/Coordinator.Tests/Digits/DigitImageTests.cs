using FsCheck.Xunit;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Tests.Digits;

public class DigitImageTests
{
    [Theory]
    [InlineData(1, 0, 0, false)]
    [InlineData(1, 3, 1, true)]
    [InlineData(4, 50, 9, true)]
    [InlineData(9, 2, 80, false)]
    public void A_digit_of_MNIST_comes_back_enlarged_inverted_and_moved(int scale, int left, int top, bool inverted)
    {
        int same = 0;
        for (int index = 0; index < TestDigits.Count; index++)
        {
            byte[] digit = TestDigits.Image(index);
            byte[] back = DigitImage.Prepare(Enlarged(digit, scale, left, top, inverted), "digit");
            // Two means of mass may round apart, which moves the digit by a pixel; few of MNIST's do.
            if (digit.Zip(back, (a, b) => Math.Abs(a - b)).Max() <= 2)
                same++;
        }
        Assert.InRange(same, TestDigits.Count * 17 / 20, TestDigits.Count);
    }

    [Fact]
    public void Gray_paper_and_faint_ink_make_the_same_digit()
    {
        byte[] digit = TestDigits.Image(0);
        GrayImage clear = Enlarged(digit, 5, 10, 10, inverted: true);
        var faint = clear with { Pixels = [.. clear.Pixels.Select(pixel => (byte)(100 + pixel / 3))] };
        byte[] fromClear = DigitImage.Prepare(clear, "clear"), fromFaint = DigitImage.Prepare(faint, "faint");
        Assert.InRange(fromClear.Zip(fromFaint, (a, b) => Math.Abs(a - b)).Max(), 0, 6);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(120, 10)]
    [InlineData(150, 255)]
    [InlineData(200, 255)]
    public void Paper_may_be_dark_and_a_board_light(int background, int ink)
    {
        byte[] digit = TestDigits.Image(0);
        GrayImage clear = Enlarged(digit, 5, 10, 10, inverted: false);
        var seen = clear with { Pixels = [.. clear.Pixels.Select(pixel => (byte)(background + (ink - background) * pixel / 255))] };
        byte[] fromClear = DigitImage.Prepare(clear, "clear"), fromSeen = DigitImage.Prepare(seen, "seen");
        Assert.InRange(fromClear.Zip(fromSeen, (a, b) => Math.Abs(a - b)).Max(), 0, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_digit_may_touch_the_border(bool inverted)
    {
        // MNIST's digits fill a box of 20x20 at some place of the 28x28.
        byte[] digit = TestDigits.Image(0);
        int left = 27, top = 27, right = 0, bottom = 0;
        for (int i = 0; i < digit.Length; i++)
        {
            if (digit[i] > 0)
                (left, right, top, bottom) =
                    (Math.Min(left, i % 28), Math.Max(right, i % 28), Math.Min(top, i / 28), Math.Max(bottom, i / 28));
        }
        int width = right - left + 1, height = bottom - top + 1;
        Assert.Equal(20, Math.Max(width, height));
        byte[] crop = [.. Enumerable.Range(0, width * height).Select(i => digit[(top + i / width) * 28 + left + i % width])];
        var image = new GrayImage(inverted ? [.. crop.Select(pixel => (byte)(255 - pixel))] : crop, width, height);

        byte[] back = DigitImage.Prepare(image, "crop");

        // What is faint on the border may be taken for noise.
        Assert.InRange(digit.Zip(back, (a, b) => Math.Abs(a - b)).Average(), 0, 3);
    }

    [Fact]
    public void The_noise_of_a_blank_page_is_no_digit()
    {
        var random = new Random(1);
        byte[] pixels = [.. Enumerable.Range(0, 60 * 60).Select(_ => (byte)(248 + random.Next(5)))];
        Assert.Throws<ImageException>(() => { DigitImage.Prepare(new GrayImage(pixels, 60, 60), "page"); });
    }

    [Fact]
    public void Noisy_paper_does_not_shrink_the_digit()
    {
        var random = new Random(1);
        byte[] digit = TestDigits.Image(0);
        GrayImage clear = Enlarged(digit, 5, 40, 40, inverted: true);
        var noisy = clear with { Pixels = [.. clear.Pixels.Select(pixel => (byte)Math.Max(0, pixel - 10 - random.Next(5)))] };
        byte[] back = DigitImage.Prepare(noisy, "noisy");
        Assert.InRange(digit.Zip(back, (a, b) => Math.Abs(a - b)).Average(), 0, 8);
    }

    [Fact]
    public void A_stroke_keeps_its_proportions()
    {
        byte[] pixels = new byte[100 * 300];
        for (int y = 50; y < 250; y++)
            pixels.AsSpan(y * 100 + 20, 40).Fill(255);
        byte[] digit = DigitImage.Prepare(new GrayImage(pixels, 100, 300), "one");

        for (int y = 0; y < ImageSet.Side; y++)
        {
            for (int x = 0; x < ImageSet.Side; x++)
                Assert.Equal(y is >= 4 and < 24 && x is >= 12 and < 16 ? 255 : 0, digit[y * ImageSet.Side + x]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(128)]
    [InlineData(255)]
    public void A_blank_picture_is_refused(byte level)
    {
        byte[] pixels = new byte[30 * 40];
        pixels.AsSpan().Fill(level);
        var error = Assert.Throws<ImageException>(() => { DigitImage.Prepare(new GrayImage(pixels, 30, 40), "a.png"); });
        Assert.StartsWith("a.png: the picture is blank", error.Message);
    }

    [Property(MaxTest = 300)]
    public void Any_picture_is_prepared_or_blank(byte width, byte[] seed)
    {
        int columns = 1 + width % 40, rows = 1 + seed.Length % 30;
        byte[] pixels = [.. Enumerable.Range(0, columns * rows).Select(i => seed.Length == 0 ? (byte)0 : seed[i * 7 % seed.Length])];
        try
        {
            byte[] digit = DigitImage.Prepare(new GrayImage(pixels, columns, rows), "any");
            Assert.Equal(ImageSet.Pixels, digit.Length);
            Assert.Contains(digit, pixel => pixel > 0);
        }
        catch (ImageException)
        {
        }
    }

    private static GrayImage Enlarged(byte[] digit, int scale, int left, int top, bool inverted)
    {
        int side = ImageSet.Side * scale, width = side + left + 3, height = side + top + 1;
        byte[] pixels = new byte[width * height];
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
                pixels[(top + y) * width + left + x] = digit[y / scale * ImageSet.Side + x / scale];
        }
        return new GrayImage(inverted ? [.. pixels.Select(pixel => (byte)(255 - pixel))] : pixels, width, height);
    }
}
