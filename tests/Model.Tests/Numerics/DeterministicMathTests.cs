using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Tests.Numerics;

public class DeterministicMathTests
{
    private static double Ulps(double expected, double actual) =>
        Math.Abs(expected - actual) / (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected));

    private static double Uniform(uint index, double low, double high)
    {
        var (x, y, _, _) = Philox.Block(42, Purpose.SyntheticImages, 0, 0, index);
        return low + (high - low) * (((ulong)y << 32 | x) >> 11) * (1.0 / (1L << 53));
    }

    [Fact]
    public void Exp_is_within_an_ulp_or_so_of_the_library()
    {
        for (uint i = 0; i < 50_000; i++)
        {
            double x = Uniform(i, -708, 709);
            Assert.True(Ulps(Math.Exp(x), DeterministicMath.Exp(x)) <= 1, $"exp({x:R})");
            x = Uniform(i, -2, 2);
            Assert.True(Ulps(Math.Exp(x), DeterministicMath.Exp(x)) <= 1, $"exp({x:R})");
        }
    }

    [Fact]
    public void Log_is_within_an_ulp_or_so_of_the_library()
    {
        for (uint i = 0; i < 50_000; i++)
        {
            double x = Math.Exp(Uniform(i, -708, 709));
            Assert.True(Ulps(Math.Log(x), DeterministicMath.Log(x)) <= 1, $"log({x:R})");
            x = Uniform(i, 0.5, 2);
            Assert.True(Ulps(Math.Log(x), DeterministicMath.Log(x)) <= 1, $"log({x:R})");
        }
    }

    [Fact]
    public void Cos_is_within_an_ulp_or_so_of_the_library()
    {
        for (uint i = 0; i < 50_000; i++)
        {
            double x = Uniform(i, -10, 10);
            Assert.True(Ulps(Math.Cos(x), DeterministicMath.Cos(x)) <= 1, $"cos({x:R})");
            x = Uniform(i, -6e6, 6e6);
            Assert.True(Ulps(Math.Cos(x), DeterministicMath.Cos(x)) <= 1, $"cos({x:R})");
        }
    }

    [Fact]
    public void Exp_knows_its_ends()
    {
        Assert.Equal(1, DeterministicMath.Exp(0));
        Assert.Equal(1, DeterministicMath.Exp(-0.0));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(double.PositiveInfinity));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Exp(709.8));
        Assert.Equal(double.MaxValue, DeterministicMath.Exp(709.782712893384), 1e295);
        Assert.Equal(0, DeterministicMath.Exp(double.NegativeInfinity));
        Assert.Equal(0, DeterministicMath.Exp(-746));
        Assert.Equal(double.Epsilon, DeterministicMath.Exp(-745));
        Assert.True(double.IsSubnormal(DeterministicMath.Exp(-720)));
        Assert.True(Ulps(Math.Exp(-720), DeterministicMath.Exp(-720)) <= 1);
        Assert.True(double.IsNaN(DeterministicMath.Exp(double.NaN)));
    }

    [Fact]
    public void Log_knows_its_ends()
    {
        Assert.Equal(0, DeterministicMath.Log(1));
        Assert.Equal(double.NegativeInfinity, DeterministicMath.Log(0));
        Assert.Equal(double.NegativeInfinity, DeterministicMath.Log(-0.0));
        Assert.Equal(double.PositiveInfinity, DeterministicMath.Log(double.PositiveInfinity));
        Assert.True(double.IsNaN(DeterministicMath.Log(-1)));
        Assert.True(double.IsNaN(DeterministicMath.Log(double.NegativeInfinity)));
        Assert.True(double.IsNaN(DeterministicMath.Log(double.NaN)));
        Assert.Equal(Math.Log(double.Epsilon), DeterministicMath.Log(double.Epsilon), 1e-12);
        Assert.Equal(Math.Log(1e-310), DeterministicMath.Log(1e-310), 1e-12);
    }

    [Fact]
    public void Cos_knows_its_ends()
    {
        Assert.Equal(1, DeterministicMath.Cos(0));
        Assert.Equal(-1, DeterministicMath.Cos(Math.PI));
        Assert.Equal(6.123233995736766e-17, DeterministicMath.Cos(Math.PI / 2), 1e-32);
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicMath.Cos(1e7));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicMath.Cos(double.NaN));
    }
}
