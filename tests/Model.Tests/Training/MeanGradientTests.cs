using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class MeanGradientTests
{
    [Property(MaxTest = 200)]
    public void The_norm_is_summed_in_sixteen_lanes_and_one_fold(NonNegativeInt size, int seed)
    {
        float[] gradient = TestRun.Floats(size.Get % 200, seed);
        double[] lanes = new double[16];
        for (int i = 0; i < gradient.Length; i++)
            lanes[i % 16] += (double)gradient[i] * gradient[i];
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        }

        Assert.Equal(Math.Sqrt(lanes[0]), MeanGradient.Norm(gradient));
    }

    [Property(MaxTest = 100)]
    public void The_mean_is_one_exact_division_an_element(NonNegativeInt size, PositiveInt samples, int seed)
    {
        float[] sum = TestRun.Floats(size.Get % 50, seed);
        float[] mean = new float[sum.Length];
        MeanGradient.Divide(sum, [], samples.Get, mean);
        Assert.Equal(sum.Select(x => x / (float)samples.Get), mean);
        float[] other = TestRun.Floats(sum.Length, seed + 1);
        MeanGradient.Divide(sum, other, samples.Get, mean);
        Assert.Equal(sum.Zip(other, (x, y) => (x + y) / (float)samples.Get), mean);
    }

    [Fact]
    public void A_mean_over_nothing_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MeanGradient.Divide([1], [], 0, new float[1]));

    [Property(MaxTest = 100)]
    public void Clipping_bounds_the_norm_and_leaves_smaller_ones_alone(PositiveInt size, int seed)
    {
        float[] gradient = TestRun.Floats(1 + size.Get % 50, seed);
        double norm = MeanGradient.Norm(gradient);

        float[] untouched = [.. gradient];
        Assert.Equal(norm, MeanGradient.Clip(untouched, norm * 1.01 + 1e-5));
        Assert.Equal(gradient, untouched);

        float[] clipped = [.. gradient];
        Assert.Equal(norm, MeanGradient.Clip(clipped, norm / 2));
        float scale = (float)(norm / 2 / (norm + 1e-6));
        Assert.Equal(gradient.Select(x => x * scale), clipped);
        Assert.True(MeanGradient.Norm(clipped) <= norm / 2 * (1 + 1e-6));
    }
}
