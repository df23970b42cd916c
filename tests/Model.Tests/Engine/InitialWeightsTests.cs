using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Engine;

public class InitialWeightsTests
{
    [Fact]
    public void Are_uniform_within_the_inverse_root_of_the_fan_in()
    {
        var spec = new RunSpec();
        var weights = InitialWeights.Create(spec);
        Assert.Equal(225_034, weights.Length);

        var fanIn = new Dictionary<string, int> { ["conv1"] = 9, ["conv2"] = 288, ["dense1"] = 1600, ["dense2"] = 128 };
        foreach (var parameter in spec.Network.Parameters())
        {
            var own = weights.AsSpan(parameter.Offset, parameter.Length).ToArray();
            double bound = 1 / Math.Sqrt(fanIn[parameter.Name.Split('.')[0]]);
            Assert.All(own, weight => Assert.InRange(weight, -bound, bound));
            if (own.Length < 200)
                continue;
            Assert.Equal(0, own.Average(weight => weight / bound), 5 / Math.Sqrt(own.Length));
            Assert.Equal(1.0 / 3, own.Average(weight => weight / bound * weight / bound), 2 / Math.Sqrt(own.Length));
        }
    }

    [Fact]
    public void Are_the_seeds()
    {
        Assert.Equal(InitialWeights.Create(Batches.Narrow), InitialWeights.Create(Batches.Narrow));
        Assert.NotEqual(InitialWeights.Create(Batches.Narrow), InitialWeights.Create(Batches.Narrow with { Seed = 2 }));
    }
}
