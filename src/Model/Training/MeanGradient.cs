using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MnistDistributed.Model.Engine.Simd;

namespace MnistDistributed.Model.Training;

/// <summary>
/// From the sum of a step's gradients to what the optimizer takes: mean, norm, clipping. The bits are the same for any vector width.
/// </summary>
public static class MeanGradient
{
    private const int Width = 8;

    /// <summary>The mean over the step's samples, by one division an element.</summary>
    /// <param name="sum">The sum over the samples, or over some of them.</param>
    /// <param name="other">The sum over the others, if it is not added yet; otherwise empty.</param>
    /// <param name="samples">How many samples, at least 1.</param>
    /// <param name="mean">Receives the mean.</param>
    public static void Divide(ReadOnlySpan<float> sum, ReadOnlySpan<float> other, int samples, Span<float> mean)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        if (other.IsEmpty)
            sum.CopyTo(mean);
        else
            Lanes.Add(sum, other, mean);

        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(mean);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] /= samples;
        for (int i = vectors.Length * Width; i < mean.Length; i++)
            mean[i] /= samples;
    }

    /// <summary>
    /// The L2 norm over all elements. Element i is squared, exactly, and
    /// added in double to lane i mod 16; the lanes are then folded in halves.
    /// </summary>
    public static double Norm(ReadOnlySpan<float> gradient)
    {
        const int lanes = 16;
        Vector256<double> a = default, b = default, c = default, d = default;
        int i = 0;
        for (; i <= gradient.Length - lanes; i += lanes)
            AddSquares(gradient.Slice(i, lanes), ref a, ref b, ref c, ref d);

        if (i < gradient.Length)
        {
            // Adding the square of a 0 changes nothing.
            Span<float> padded = stackalloc float[lanes];
            padded.Clear();
            gradient[i..].CopyTo(padded);
            AddSquares(padded, ref a, ref b, ref c, ref d);
        }

        var four = a + c + (b + d);
        return Math.Sqrt(four[0] + four[2] + (four[1] + four[3]));
    }

    /// <summary>Scales the gradient so that its norm is at most <paramref name="maxNorm"/>, as torch.nn.utils.clip_grad_norm_.</summary>
    /// <returns>The norm before.</returns>
    public static double Clip(Span<float> gradient, double maxNorm)
    {
        double norm = Norm(gradient);
        double scale = maxNorm / (norm + 1e-6);
        if (!(scale < 1))
            return norm;

        var vectors = MemoryMarshal.Cast<float, Vector256<float>>(gradient);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] *= (float)scale;
        for (int i = vectors.Length * Width; i < gradient.Length; i++)
            gradient[i] *= (float)scale;
        return norm;
    }

    private static void AddSquares(
        ReadOnlySpan<float> sixteen, ref Vector256<double> a, ref Vector256<double> b, ref Vector256<double> c, ref Vector256<double> d)
    {
        var (low, high) = (Vector256.Create(sixteen[..Width]), Vector256.Create(sixteen[Width..]));
        var (x0, x1, x2, x3) =
            (Vector256.WidenLower(low), Vector256.WidenUpper(low), Vector256.WidenLower(high), Vector256.WidenUpper(high));
        a += x0 * x0;
        b += x1 * x1;
        c += x2 * x2;
        d += x3 * x3;
    }
}
