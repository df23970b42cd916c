namespace MnistDistributed.Model.Numerics;

/// <summary>
/// Transcendental functions that give the same bits on every machine, which those of <see cref="Math"/> do not promise.
/// Algorithms and constants are fdlibm's (Sun Microsystems, 1993); the error is below one unit in the last place.
/// </summary>
public static class DeterministicMath
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>e to the power <paramref name="x"/>; infinity above 709.78, subnormal and then 0 below -708.4.</summary>
    public static double Exp(double x)
    {
        const double inverseLn2 = 1.44269504088896338700;
        const double largest = 709.782712893383973096;
        const double smallest = -745.133219101941108420;

        if (double.IsNaN(x))
            return x;
        if (x > largest)
            return double.PositiveInfinity;
        if (x < smallest)
            return 0;

        // exp(x) = 2^k exp(r), |r| <= ln 2 / 2, r = high - low.
        int k = (int)(inverseLn2 * x + (x < 0 ? -0.5 : 0.5));
        double high = x - k * Ln2High;
        double low = k * Ln2Low;
        double r = high - low;
        double square = r * r;
        double c = r - square * (1.66666666666666019037e-01
            + square * (-2.77777777770155933842e-03
            + square * (6.61375632143793436117e-05
            + square * (-1.65339022054652515390e-06
            + square * 4.13813679705723846039e-08))));
        double y = 1 + (r * c / (2 - c) - low + high);

        // In two steps, so that the power of two is representable and a subnormal result is rounded once.
        return k switch
        {
            > 1000 => y * PowerOfTwo(k - 1000) * PowerOfTwo(1000),
            < -1000 => y * PowerOfTwo(k + 1000) * PowerOfTwo(-1000),
            _ => y * PowerOfTwo(k),
        };
    }

    /// <summary>The natural logarithm; negative infinity at 0, NaN below.</summary>
    public static double Log(double x)
    {
        const ulong mantissaMask = 0x000FFFFFFFFFFFFF;
        const ulong sqrtHalf = 0x3FE6A09E00000000;
        const ulong one = 0x3FF0000000000000;

        if (double.IsNaN(x) || x == double.PositiveInfinity)
            return x;
        if (x == 0)
            return double.NegativeInfinity;
        if (x < 0)
            return double.NaN;

        int k = 0;
        if (double.IsSubnormal(x))
        {
            k = -54;
            x *= 18014398509481984.0;
        }

        // x = 2^k (1 + f), sqrt(2)/2 < 1 + f < sqrt(2).
        ulong bits = BitConverter.DoubleToUInt64Bits(x) + (one - sqrtHalf);
        k += (int)(bits >> 52) - 0x3FF;
        double f = BitConverter.UInt64BitsToDouble((bits & mantissaMask) + sqrtHalf) - 1;
        double s = f / (2 + f);
        double z = s * s;
        double w = z * z;
        double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
        double odd = z * (6.666666666666735130e-01
            + w * (2.857142874366239149e-01
            + w * (1.818357216161805012e-01
            + w * 1.479819860511658591e-01)));
        double halfSquare = 0.5 * f * f;
        return s * (halfSquare + (odd + even)) + k * Ln2Low - halfSquare + f + k * Ln2High;
    }

    /// <summary>The cosine of an angle in radians.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The angle is beyond a
    /// million turns, infinite or NaN: nothing here needs that.</exception>
    public static double Cos(double x)
    {
        const double bound = 6.2e6;
        const double twoOverPi = 6.36619772367581382433e-01;
        const double halfPi1 = 1.57079632673412561417;
        const double halfPi2 = 6.07710050630396597660e-11;
        const double halfPi2Tail = 2.02226624879595063154e-21;

        if (!(Math.Abs(x) <= bound))
            throw new ArgumentOutOfRangeException(nameof(x), x, $"The angle must lie within {bound} radians of 0.");

        // x = quarter pi/2 + (y + tail), |y| <= pi/4; pi/2 in three parts, 33 + 33 + 53 bits (Cody and Waite).
        double quarter = Math.Floor(x * twoOverPi + 0.5);
        double first = x - quarter * halfPi1;
        double product = quarter * halfPi2;
        double rest = first - product;
        double correction = quarter * halfPi2Tail - (first - rest - product);
        double y = rest - correction;
        double tail = rest - y - correction;
        return ((long)quarter & 3) switch
        {
            0 => CosNearZero(y, tail),
            1 => -SinNearZero(y, tail),
            2 => -CosNearZero(y, tail),
            _ => SinNearZero(y, tail),
        };
    }

    private static double CosNearZero(double x, double tail)
    {
        double z = x * x;
        double w = z * z;
        double r = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05))
            + w * w * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11));
        double half = 0.5 * z;
        double head = 1 - half;
        return head + (1 - head - half + (z * r - x * tail));
    }

    private static double SinNearZero(double x, double tail)
    {
        double z = x * x;
        double r = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06)
            + z * (z * z) * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10);
        double v = z * x;
        return x - (z * (0.5 * tail - v * r) - tail - v * -1.66666666666666324348e-01);
    }

    private static double PowerOfTwo(int exponent) => BitConverter.Int64BitsToDouble((long)(exponent + 1023) << 52);
}
