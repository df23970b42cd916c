using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Network;

/// <summary>The weights that training starts from, a function of the run's seed and network.</summary>
public static class InitialWeights
{
    /// <summary>
    /// Draws all weights as PyTorch's layers do by default: weights and biases uniform in ±1/sqrt(fan-in)
    /// (<c>kaiming_uniform_(a=sqrt(5))</c>, He et al., 2015).
    /// </summary>
    /// <returns>A new array, laid out as <see cref="CnnShape.Parameters"/>.</returns>
    public static float[] Create(RunSpec spec)
    {
        var weights = new float[spec.Network.ParameterCount()];
        var words = new uint[weights.Length];
        Philox.Fill(spec.Seed, Purpose.InitialWeights, 0, 0, words);

        float bound = 0;
        foreach (var parameter in spec.Network.Parameters())
        {
            // A bias follows its weights in the array, and has their fan-in.
            if (parameter.Shape.Count > 1)
                bound = (float)(1 / Math.Sqrt(parameter.Length / parameter.Shape[0]));
            for (int i = parameter.Offset; i < parameter.Offset + parameter.Length; i++)
                weights[i] = (2 * Philox.Unit(words[i]) - 1) * bound;
        }

        return weights;
    }
}
