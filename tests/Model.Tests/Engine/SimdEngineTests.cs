using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;
using static MnistDistributed.Model.Tests.Engine.Batches;

namespace MnistDistributed.Model.Tests.Engine;

public class SimdEngineTests
{
    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(32, 64, 128)]
    [InlineData(48, 16, 32)]
    [InlineData(64, 32, 16)]
    [InlineData(80, 48, 48)]
    public void Gradients_are_those_of_the_reference(int conv1, int conv2, int hidden)
    {
        var spec = new RunSpec
        {
            Network = new CnnShape(conv1, conv2, hidden),
            Recipe = new Recipe { Dropout = 0.3, LabelSmoothing = 0.1, Shift = 3 },
        };
        var images = Images(5);
        int[] samples = [3, 0, 4];
        var weights = InitialWeights.Create(spec);

        var (gradient, sum) = Gradient(new SimdEngine(spec, images), spec, weights, 2, samples, 3);

        var (expected, loss) = Reference(spec, images, weights, 2, samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, 1e-5);
    }

    [Theory]
    [InlineData(0.0, 0.0, 0)]
    [InlineData(0.5, 0.0, 0)]
    [InlineData(0.0, 0.2, 0)]
    [InlineData(0.0, 0.0, 27)]
    public void Each_part_of_the_recipe_alone_is_that_of_the_reference(double dropout, double smoothing, int shift)
    {
        var spec = Narrow with { Seed = 5, Recipe = new Recipe { Dropout = dropout, LabelSmoothing = smoothing, Shift = shift } };
        var images = Images(20);
        int[] samples = [.. Enumerable.Range(0, 20)];
        var weights = InitialWeights.Create(spec);

        var (gradient, sum) = Gradient(new SimdEngine(spec, images), spec, weights, 7, samples, 20);

        var (expected, loss) = Reference(spec, images, weights, 7, samples);
        Assert.Equal(loss, sum.Loss, 1e-5);
        Assert.InRange(Difference(spec.Network, gradient, expected), 0, 1e-5);
    }
}
