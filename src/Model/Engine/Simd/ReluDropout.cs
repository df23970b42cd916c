using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>
/// ReLU and inverted dropout (Srivastava et al., 2014) of the hidden layer: units are dropped with a probability,
/// and the others scaled so that the mean stays.
/// </summary>
public static unsafe class ReluDropout
{
    /// <summary>ReLU alone, in place. A NaN passes, so that a training that diverges shows.</summary>
    /// <param name="values">The values.</param>
    /// <param name="length">How many; a multiple of 16, as below.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Relu(float* values, int length)
    {
        for (int i = 0; i < length; i += 8)
        {
            var value = Vector256.Load(values + i);
            Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<float>.Zero)).Store(values + i);
        }
    }

    /// <summary>Both, in place.</summary>
    /// <param name="values"><c>[length]</c>, one sample's units.</param>
    /// <param name="factors">Receives what each unit was multiplied with.</param>
    /// <param name="probability">Of being dropped, in [0, 1).</param>
    /// <param name="words">A random word a unit; not looked at if the probability is 0.</param>
    /// <param name="length">Number of units.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* values, float* factors, double probability, uint* words, int length)
    {
        Factors(factors, probability, words, length);
        for (int i = 0; i < length; i += 8)
        {
            var value = Vector256.Load(values + i);
            var factor = Vector256.AndNot(Vector256.Load(factors + i), Vector256.LessThanOrEqual(value, Vector256<float>.Zero));
            factor.Store(factors + i);
            // Not 0 times what is dropped: that would be NaN of an infinite value.
            Vector256.AndNot(value * factor, Vector256.Equals(factor, Vector256<float>.Zero)).Store(values + i);
        }
    }

    /// <summary>What dropout alone multiplies one sample's units with: 0 or 1 / (1 - probability).</summary>
    /// <param name="factors">Receives <c>[length]</c>.</param>
    /// <param name="probability">Of being dropped, in [0, 1).</param>
    /// <param name="words">A random word a unit; not looked at if the probability is 0.</param>
    /// <param name="length">Number of units.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Factors(float* factors, double probability, uint* words, int length)
    {
        var scale = Vector256.Create((float)(1 / (1 - probability)));
        var threshold = Vector256.Create((uint)(probability * (1L << 32)));
        for (int i = 0; i < length; i += 8)
        {
            var dropped = probability == 0 ? Vector256<uint>.Zero : Vector256.LessThan(Vector256.Load(words + i), threshold);
            Vector256.AndNot(scale, dropped.AsSingle()).Store(factors + i);
        }
    }

    /// <summary>The gradient of the values before, in place of that of the values after.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(float* gradient, float* factors, int length)
    {
        for (int i = 0; i < length; i += 8)
            (Vector256.Load(gradient + i) * Vector256.Load(factors + i)).Store(gradient + i);
    }

    /// <summary>The random words of one sample.</summary>
    public static void Draw(ulong seed, int epoch, int sample, Span<uint> words) =>
        Philox.Fill(seed, Purpose.Dropout, epoch, sample, words);
}
