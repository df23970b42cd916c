using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Engine;

public unsafe class AugmentationTests
{
    private const int Side = ImageSet.Side;
    private static readonly ImageSet Images = Batches.Images(64);

    [Property(MaxTest = 200)]
    public void Pixels_are_where_plain_formulas_put_them(byte rotation, byte scaling, byte elastic, byte shift, NonNegativeInt at)
    {
        var recipe = new Recipe
        {
            Rotation = rotation / 255.0 * Augmentation.MostRotation, Scaling = scaling / 255.0 * Augmentation.MostScaling,
            Elastic = elastic / 255.0 * Augmentation.MostElastic, Shift = shift % 9,
        };
        var (epoch, sample) = (at.Get % 7, at.Get % Images.Count);
        float[] actual = Read(recipe, epoch, sample);
        double[] expected = Plain(recipe, epoch, sample);
        for (int i = 0; i < actual.Length; i++)
            Assert.Equal(expected[i], actual[i], 2e-4);
    }

    [Property(MaxTest = 100)]
    public void Without_distortions_an_image_is_moved_by_whole_pixels(byte shift, NonNegativeInt at)
    {
        var (epoch, sample) = (at.Get % 7, at.Get % Images.Count);
        float[] expected = new float[ImageSet.Pixels];
        fixed (float* pixels = expected)
            ImageInput.Read(Images.Image(sample), ImageInput.Shift(1, epoch, sample, shift % 9), pixels);
        Assert.Equal(expected, Read(new Recipe { Shift = shift % 9 }, epoch, sample));
    }

    [Fact]
    public void Paper_stays_paper_and_a_sheet_of_ink_stays_ink_inside()
    {
        var sheets = new ImageSet([.. new byte[ImageSet.Pixels], .. Enumerable.Repeat((byte)255, ImageSet.Pixels)], [0, 1]);
        var recipe = new Recipe { Rotation = 30, Scaling = 0.2, Elastic = 0.5, Shift = 0 };
        Assert.All(Read(recipe, 2, 0, sheets), pixel => Assert.Equal(0, pixel));
        float[] ink = Read(recipe, 2, 1, sheets);
        Assert.All(Enumerable.Range(10, 8), row => Assert.All(ink[(row * Side + 10)..(row * Side + 18)], pixel => Assert.Equal(1, pixel)));
    }

    [Fact]
    public void Displacements_have_the_deviation_that_is_asked_for()
    {
        // The brightness of a slope says from where a pixel comes.
        byte[] slope = new byte[ImageSet.Pixels];
        for (int i = 0; i < slope.Length; i++)
            slope[i] = (byte)(i % Side * 9);
        var images = new ImageSet(slope, [0]);
        double squares = Enumerable.Range(0, 4000).Average(epoch =>
        {
            float[] bent = Read(new Recipe { Elastic = 0.8, Shift = 0 }, epoch, 0, images);
            double by = bent[14 * Side + 13] * 255 / 9 - 13;
            return by * by;
        });
        Assert.InRange(Math.Sqrt(squares), 0.75, 0.85);
    }

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(181, 0, 0)]
    [InlineData(double.NaN, 0, 0)]
    [InlineData(0, 0.6, 0)]
    [InlineData(0, double.NaN, 0)]
    [InlineData(0, 0, 4.1)]
    [InlineData(0, 0, double.PositiveInfinity)]
    public void More_than_there_is_is_refused(double rotation, double scaling, double elastic)
    {
        var recipe = new Recipe { Rotation = rotation, Scaling = scaling, Elastic = elastic };
        Assert.Throws<ArgumentException>(() => new Augmentation(new RunSpec { Recipe = recipe }));
    }

    private static float[] Read(Recipe recipe, int epoch, int sample, ImageSet? images = null)
    {
        float[] result = new float[ImageSet.Pixels];
        fixed (float* pixels = result)
            new Augmentation(new RunSpec { Seed = 1, Recipe = recipe }).Read((images ?? Images).Image(sample), epoch, sample, pixels);
        return result;
    }

    /// <summary>All in double, all knots at each pixel, and each pixel for itself.</summary>
    private static double[] Plain(Recipe recipe, int epoch, int sample)
    {
        uint[] words = new uint[4 + 2 * 81];
        Philox.Fill(1, Purpose.Distortion, epoch, sample, words);
        double[] draws = [.. words.Select(word => (word >> 8) / (double)(1 << 23) - 1)];
        var (shiftDown, shiftRight) = ImageInput.Shift(1, epoch, sample, recipe.Shift);
        double angle = draws[0] * recipe.Rotation * Math.PI / 180;
        var pixels = new double[ImageSet.Pixels];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                double v = y - 13.5 - shiftDown, u = x - 13.5 - shiftRight;
                double fromY = 13.5 + (1 + draws[1] * recipe.Scaling) * (Math.Sin(angle) * u + Math.Cos(angle) * v) + Bend(4, y, x);
                double fromX = 13.5 + (1 + draws[2] * recipe.Scaling) * (Math.Cos(angle) * u - Math.Sin(angle) * v) + Bend(4 + 81, y, x);
                pixels[y * Side + x] = Between(fromY, fromX);
            }
        }

        return pixels;

        double Bend(int first, int y, int x)
        {
            double sum = 0;
            for (int row = 0; row < 9; row++)
                for (int column = 0; column < 9; column++)
                    sum += draws[first + row * 9 + column] * Spline(y / 4.5 - row + 1) * Spline(x / 4.5 - column + 1);
            return recipe.Elastic * Math.Sqrt(3) / (151 / 315.0) * sum;
        }

        // The basis function as a sum of truncated powers.
        static double Spline(double t)
        {
            double[] binomials = [1, -4, 6, -4, 1];
            return binomials.Select((binomial, i) => binomial * Math.Pow(Math.Max(0, t + 2 - i), 3)).Sum() / 6;
        }

        double Between(double y, double x)
        {
            (y, x) = (Math.Clamp(y, -1, Side), Math.Clamp(x, -1, Side));
            var (top, left) = ((int)Math.Floor(y), (int)Math.Floor(x));
            var (down, right) = (y - top, x - left);
            return (1 - down) * ((1 - right) * At(top, left) + right * At(top, left + 1))
                + down * ((1 - right) * At(top + 1, left) + right * At(top + 1, left + 1));
        }

        double At(int y, int x) => y is >= 0 and < Side && x is >= 0 and < Side ? Images.Image(sample)[y * Side + x] / 255.0 : 0;
    }
}
