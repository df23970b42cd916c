using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

public class OptimizerTests
{
    private static readonly JsonElement Torch = TestRun.Fixture("optimizers.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Torch.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Steps_as_PyTorch_does(int index)
    {
        var expected = Torch.GetProperty("cases")[index];
        double Number(string name, double fallback) => expected.TryGetProperty(name, out var value) ? value.GetDouble() : fallback;
        var recipe = new Recipe
        {
            Optimizer = Enum.Parse<OptimizerKind>(expected.GetProperty("optimizer").GetString()!),
            Beta1 = Number("beta1", 0.9),
            Beta2 = Number("beta2", 0.999),
            Epsilon = Number("epsilon", 1e-8),
            Momentum = Number("momentum", 0.9),
            WeightDecay = Number("weightDecay", 0),
        };
        float[] weights = Torch.GetProperty("weights").Deserialize<float[]>()!;
        var optimizer = new Optimizer(recipe, weights.Length);
        float[][] gradients = Torch.GetProperty("gradients").Deserialize<float[][]>()!;
        float[][] after = expected.GetProperty("weights").Deserialize<float[][]>()!;
        for (int step = 0; step < gradients.Length; step++)
        {
            if (Number("clipNorm", 0) is > 0 and var clip)
                MeanGradient.Clip(gradients[step], clip);
            optimizer.Step(weights, gradients[step], Number("learningRate", 0));
            for (int i = 0; i < weights.Length; i++)
                Assert.Equal(after[step][i], weights[i], 1e-6f * (1 + Math.Abs(after[step][i])));
        }
    }

    /// <summary>A vector's element, the tail's element and a lone element go through the same roundings, those of plain C#.</summary>
    [Property(MaxTest = 100)]
    public void Every_element_gets_the_bits_of_the_formula_wherever_it_lies(PositiveInt size, int seed, bool sgd)
    {
        int length = 1 + size.Get % 50;
        var recipe = new Recipe { Optimizer = sgd ? OptimizerKind.Sgd : OptimizerKind.Adam, WeightDecay = 0.01 };
        float[] weights = TestRun.Floats(length, seed);
        float[] expected = [.. weights];
        float[] first = new float[length];
        float[] second = new float[length];
        var optimizer = new Optimizer(recipe, length);
        double power1 = 1;
        double power2 = 1;
        for (int step = 0; step < 4; step++)
        {
            float[] gradient = TestRun.Floats(length, seed + step + 1);
            optimizer.Step(weights, gradient, 0.01);
            power1 *= 0.9;
            power2 *= 0.999;
            for (int i = 0; i < length; i++)
            {
                float g = gradient[i] + 0.01f * expected[i];
                if (sgd)
                {
                    first[i] = 0.9f * first[i] + g;
                    expected[i] -= 0.01f * (g + 0.9f * first[i]);
                }
                else
                {
                    first[i] = 0.9f * first[i] + (float)(1 - 0.9) * g;
                    second[i] = 0.999f * second[i] + (float)(1 - 0.999) * g * g;
                    expected[i] -= (float)(0.01 / (1 - power1)) * first[i] / (MathF.Sqrt(second[i]) / (float)Math.Sqrt(1 - power2) + 1e-8f);
                }
            }

            Assert.Equal(WeightsDigest.Of(expected), WeightsDigest.Of(weights));
            Assert.Equal(WeightsDigest.Of(first), WeightsDigest.Of(optimizer.First));
        }

        if (!sgd)
        {
            Assert.Equal(WeightsDigest.Of(second), WeightsDigest.Of(optimizer.Second));
            Assert.Equal((power1, power2), (optimizer.Beta1Power, optimizer.Beta2Power));
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.Sgd)]
    public void Refuses_arrays_of_other_lengths(OptimizerKind kind)
    {
        var optimizer = new Optimizer(new Recipe { Optimizer = kind }, 10);
        Assert.Throws<ArgumentException>(() => optimizer.Step(new float[9], new float[10], 0.1));
        Assert.Throws<ArgumentException>(() => optimizer.Step(new float[10], new float[11], 0.1));
        Assert.Throws<ArgumentException>(() => new Optimizer(new Recipe { Optimizer = kind }, new float[10], new float[3], 1, 1));
    }
}
