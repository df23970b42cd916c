using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>Who holds the reference? Central differences do, in double, for elements of every parameter.</summary>
public class ReferenceNetworkTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void Gradients_are_central_differences(double smoothing)
    {
        const double step = 1e-6;
        var shape = Batches.Narrow.Network;
        var weights = Array.ConvertAll(InitialWeights.Create(Batches.Narrow), weight => (double)weight);
        var network = new ReferenceNetwork(shape, weights);
        var pixels = Batches.Pixels(Batches.Images(1), 0);
        double[] factors = [.. Enumerable.Range(0, shape.Hidden).Select(i => i % 3 == 0 ? 0 : 1.5)];
        var gradient = new double[weights.Length];
        network.Loss(pixels, 7, smoothing, factors, gradient);

        foreach (var parameter in shape.Parameters())
        {
            int moved = 0;
            for (uint i = 0; i < 16; i++)
            {
                int element = parameter.Offset + Philox.Below(parameter.Length, Philox.Block(3, Purpose.Order, 0, parameter.Offset, i).X);
                double before = weights[element];
                weights[element] = before + step;
                double above = network.Loss(pixels, 7, smoothing, factors, null);
                weights[element] = before - step;
                double below = network.Loss(pixels, 7, smoothing, factors, null);
                weights[element] = before;
                Assert.True(
                    Math.Abs((above - below) / (2 * step) - gradient[element]) <= 1e-8 + 1e-6 * Math.Abs(gradient[element]),
                    $"{parameter.Name}[{element - parameter.Offset}]: {(above - below) / (2 * step)}, {gradient[element]}");
                if (gradient[element] != 0)
                    moved++;
            }

            Assert.True(moved > 2, $"{parameter.Name} has no gradient to speak of");
        }
    }
}
