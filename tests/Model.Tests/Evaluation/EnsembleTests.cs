using FsCheck.Xunit;
using static MnistDistributed.Model.Evaluation.Ensemble;
using static MnistDistributed.Model.Evaluation.Evaluation;

namespace MnistDistributed.Model.Tests.Evaluation;

public class EnsembleTests
{
    private const int Classes = 3;

    [Property]
    public void Its_probabilities_are_the_mean_of_its_networks(sbyte[] values)
    {
        int length = values.Length / Classes * Classes;
        var networks = Enumerable.Range(0, 3)
            .Select(i => Array.ConvertAll(values[..length], value => (value + 7 * i) * (i - 1) / 9f)).ToList();

        float[] logits = Logits(networks, Classes);

        for (int first = 0; first < length; first += Classes)
        {
            double[] expected = new double[Classes];
            foreach (float[] network in networks)
            {
                double[] exponentials = Array.ConvertAll(network[first..(first + Classes)], logit => Math.Exp(logit));
                for (int k = 0; k < Classes; k++)
                    expected[k] += exponentials[k] / exponentials.Sum() / networks.Count;
            }

            for (int k = 0; k < Classes; k++)
                Assert.Equal(expected[k], Math.Exp(logits[first + k]), 1e-5);
        }
    }

    [Fact]
    public void One_network_keeps_its_bits()
    {
        float[] logits = [0.1f, -3, float.MaxValue];
        Assert.Equal(logits, Logits([logits], Classes));
    }

    [Fact]
    public void Networks_that_are_sure_of_different_classes_are_both_heard()
    {
        var evaluation = From(Logits([[3e38f, 0, 0], [0, 1000, 0]], Classes), [1], Classes);

        Assert.Equal(Math.Log(2), evaluation.Loss, 6);
        Assert.Equal(0.5, evaluation.Probabilities[0], 6);
    }
}
