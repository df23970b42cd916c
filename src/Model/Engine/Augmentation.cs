using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// How training images are changed, anew in each epoch: moved by whole pixels, rotated, scaled, and bent as handwriting is
/// (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", ICDAR 2003). Holds scratch memory; one thread at a
/// time.
/// </summary>
public sealed unsafe class Augmentation
{
    /// <summary>The largest rotation, in degrees.</summary>
    public const double MostRotation = 180;

    /// <summary>The largest scaling, as a share of the size.</summary>
    public const double MostScaling = 0.5;

    /// <summary>The largest elastic displacement, in pixels.</summary>
    public const double MostElastic = 4;

    private const int Side = ImageSet.Side;

    // Rows of eight lanes; those behind the image's edge are computed and not used.
    private const int Lanes = 32;

    // The image with a pixel of paper around it, and one more that a weight of 0 reads.
    private const int Padded = Side + 3;

    // The field of elastic displacements is a cubic B-spline over a grid of so many knots, so many pixels apart.
    private const int Knots = 9;

    // Of them, so many weigh at a pixel.
    private const int Near = 4;
    private const float KnotDistance = 4.5f;

    // Knots are uniform in [-1, 1]; times this, the displacement has a standard deviation of one pixel: sqrt(3) over the mean of the
    // sum of squares of the spline's weights, 151 / 315.
    private const float KnotSize = 3.613218f;

    private const int Words = 4 + 2 * Knots * Knots;

    private static readonly float[] Weights = SplineWeights();

    private readonly ulong _seed;
    private readonly Recipe _recipe;
    private readonly bool _distorts;
    private readonly float[] _image = new float[Padded * Padded];
    private readonly float[] _rows = new float[2 * Knots * Lanes];
    private readonly uint[] _words = new uint[Words];

    /// <summary>Checks the recipe.</summary>
    /// <param name="spec">The run: its seed and recipe.</param>
    /// <exception cref="ArgumentException">The recipe asks for more than there is.</exception>
    public Augmentation(RunSpec spec)
    {
        (_seed, _recipe) = (spec.Seed, spec.Recipe);
        if (_recipe.Shift is < 0 or >= Side)
            throw new ArgumentException($"A shift of {_recipe.Shift} pixels; it must be at least 0 and below {Side}.", nameof(spec));
        Check("A rotation", _recipe.Rotation, MostRotation, "degrees");
        Check("A scaling", _recipe.Scaling, MostScaling, "of the size");
        Check("An elastic displacement", _recipe.Elastic, MostElastic, "pixels");
        _distorts = _recipe is not { Rotation: 0, Scaling: 0, Elastic: 0 };

        void Check(string what, double value, double most, string unit)
        {
            if (!(value >= 0 && value <= most))
                throw new ArgumentException($"{what} of {value} {unit}; it must be from 0 to {most}.", nameof(spec));
        }
    }

    /// <summary>Reads a training image as an epoch sees it.</summary>
    /// <param name="image"><c>[28, 28]</c>.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="sample">Index of the sample in the source file.</param>
    /// <param name="pixels">Receives <c>[28, 28]</c>, in [0, 1].</param>
    public void Read(ReadOnlySpan<byte> image, int epoch, int sample, float* pixels)
    {
        var shift = ImageInput.Shift(_seed, epoch, sample, _recipe.Shift);
        if (!_distorts)
        {
            ImageInput.Read(image, shift, pixels);
            return;
        }

        Philox.Fill(_seed, Purpose.Distortion, epoch, sample, _words);
        ImageInput.Read(image, (0, 0), pixels);
        for (int y = 0; y < Side; y++)
            new ReadOnlySpan<float>(pixels + y * Side, Side).CopyTo(_image.AsSpan((y + 1) * Padded + 1));
        BendRows();
        Sample(shift, pixels);
    }

    /// <summary>A number in [-1, 1).</summary>
    private static float Symmetric(uint word) => 2 * Philox.Unit(word) - 1;

    /// <summary>
    /// Each row of knots, as far as it can be summed for all columns of pixels: <c>[2, knots, lanes]</c>, down and right.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BendRows()
    {
        float size = KnotSize * (float)_recipe.Elastic;
        float* knots = stackalloc float[Knots];
        fixed (float* rows = _rows, weights = Weights)
        fixed (uint* words = _words)
        {
            for (int row = 0; row < 2 * Knots; row++)
            {
                for (int knot = 0; knot < Knots; knot++)
                    knots[knot] = size * Symmetric(words[4 + row * Knots + knot]);
                for (int x = 0; x < Lanes; x += 8)
                {
                    var sum = Vector256<float>.Zero;
                    for (int knot = 0; knot < Knots; knot++)
                        sum += knots[knot] * Vector256.Load(weights + knot * Lanes + x);
                    sum.Store(rows + row * Lanes + x);
                }
            }
        }
    }

    /// <summary>Each pixel is what the image has where that pixel comes from, between its four neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sample((int Down, int Right) shift, float* pixels)
    {
        const float centre = (Side - 1) / 2f;
        double angle = Symmetric(_words[0]) * _recipe.Rotation * (Math.PI / 180);
        float cos = (float)DeterministicMath.Cos(angle);
        float sin = (float)DeterministicMath.Cos(angle - Math.PI / 2);
        float down = 1 + Symmetric(_words[1]) * (float)_recipe.Scaling;
        float right = 1 + Symmetric(_words[2]) * (float)_recipe.Scaling;
        var ramp = Vector256.Create(0f, 1, 2, 3, 4, 5, 6, 7);
        float* results = stackalloc float[Lanes];
        fixed (float* image = _image, rows = _rows, weights = Weights)
        {
            for (int y = 0; y < Side; y++)
            {
                float v = y - centre - shift.Down;
                for (int x = 0; x < Lanes; x += 8)
                {
                    var u = ramp + Vector256.Create(x - centre - shift.Right);
                    var (bendDown, bendRight) = Bend(rows, weights, y, x);
                    var fromY = down * (sin * u + Vector256.Create(cos * v)) + Vector256.Create(centre) + bendDown;
                    var fromX = right * (cos * u - Vector256.Create(sin * v)) + Vector256.Create(centre) + bendRight;
                    Between(image, fromY, fromX).Store(results + x);
                }

                new ReadOnlySpan<float>(results, Side).CopyTo(new Span<float>(pixels + y * Side, Side));
            }
        }
    }

    /// <summary>How far eight pixels of a row are displaced.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Down, Vector256<float> Right) Bend(float* rows, float* weights, int y, int x)
    {
        var (down, right) = (Vector256<float>.Zero, Vector256<float>.Zero);
        int first = (int)(y / KnotDistance);
        for (int knot = first; knot < Math.Min(first + Near, Knots); knot++)
        {
            float weight = weights[knot * Lanes + y];
            down += weight * Vector256.Load(rows + knot * Lanes + x);
            right += weight * Vector256.Load(rows + (Knots + knot) * Lanes + x);
        }

        return (down, right);
    }

    /// <summary>Bilinear interpolation at eight places; beyond the image is paper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Between(float* image, Vector256<float> y, Vector256<float> x)
    {
        var (first, last) = (Vector256.Create(-1f), Vector256.Create((float)Side));
        y = Vector256.MinNative(Vector256.MaxNative(y, first), last);
        x = Vector256.MinNative(Vector256.MaxNative(x, first), last);
        var (top, left) = (Vector256.Floor(y), Vector256.Floor(x));
        var place = (Vector256.ConvertToInt32(top) + Vector256<int>.One) * Padded + Vector256.ConvertToInt32(left) + Vector256<int>.One;
        var (a, b) = (Gather(image, place), Gather(image + 1, place));
        var (c, d) = (Gather(image + Padded, place), Gather(image + Padded + 1, place));
        x -= left;
        y -= top;
        var upper = a + x * (b - a);
        var lower = c + x * (d - c);
        return upper + y * (lower - upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Gather(float* image, Vector256<int> at) => Avx2.IsSupported
        ? Avx2.GatherVector256(image, at, sizeof(float))
        : Vector256.Create(
            image[at[0]], image[at[1]], image[at[2]], image[at[3]], image[at[4]], image[at[5]], image[at[6]], image[at[7]]);

    /// <summary>What each knot weighs at each pixel of a row or column: <c>[knots, lanes]</c>.</summary>
    private static float[] SplineWeights()
    {
        float[] weights = new float[Knots * Lanes];
        for (int knot = 0; knot < Knots; knot++)
        {
            for (int pixel = 0; pixel < Lanes; pixel++)
                weights[knot * Lanes + pixel] = Spline(Math.Abs(pixel / KnotDistance - (knot - 1)));
        }

        return weights;
    }

    /// <summary>The cubic B-spline: 2/3 - t^2 + t^3 / 2 below 1, (2 - t)^3 / 6 below 2.</summary>
    private static float Spline(float t) => t switch
    {
        < 1 => 2f / 3 - t * t * (1 - t / 2),
        < 2 => (2 - t) * (2 - t) * (2 - t) / 6,
        _ => 0,
    };
}
