using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// ReLU and inverted dropout (Srivastava et al., 2014) of the hidden layer: units are dropped with a probability,
/// and the others scaled so that the mean stays.
/// </summary>
public static unsafe class ReluDropout
{
    /// <summary>ReLU alone, in place.</summary>
    public static void Relu(float* values, int length)
    {
        for (int i = 0; i < length; i++)
            values[i] = values[i] <= 0 ? 0 : values[i];
    }

    /// <summary>Both, in place.</summary>
    /// <param name="values"><c>[words.Length]</c>, one sample's units.</param>
    /// <param name="factors">Receives what each unit was multiplied with.</param>
    /// <param name="probability">Of being dropped, in [0, 1).</param>
    /// <param name="words">A random word a unit; not looked at if the probability is 0.</param>
    public static void Forward(float* values, float* factors, double probability, ReadOnlySpan<uint> words)
    {
        Factors(factors, probability, words);
        for (int i = 0; i < words.Length; i++)
        {
            // Not written as "kept where positive": a NaN must pass, so that a training that diverges shows.
            factors[i] = values[i] <= 0 ? 0 : factors[i];
            values[i] = factors[i] == 0 ? 0 : values[i] * factors[i];
        }
    }

    /// <summary>What dropout alone multiplies one sample's units with: 0 or 1 / (1 - probability).</summary>
    /// <param name="factors">Receives <c>[words.Length]</c>.</param>
    /// <param name="probability">Of being dropped, in [0, 1).</param>
    /// <param name="words">A random word a unit; not looked at if the probability is 0.</param>
    public static void Factors(float* factors, double probability, ReadOnlySpan<uint> words)
    {
        ulong threshold = (ulong)(probability * (1L << 32));
        float scale = (float)(1 / (1 - probability));
        for (int i = 0; i < words.Length; i++)
            factors[i] = threshold > 0 && words[i] < threshold ? 0 : scale;
    }

    /// <summary>The gradient of the values before, in place of that of the values after.</summary>
    public static void Backward(float* gradient, float* factors, int length)
    {
        for (int i = 0; i < length; i++)
            gradient[i] *= factors[i];
    }

    /// <summary>The random words of one sample.</summary>
    public static void Draw(ulong seed, int epoch, int sample, Span<uint> words) =>
        Philox.Fill(seed, Purpose.Dropout, epoch, sample, words);
}
