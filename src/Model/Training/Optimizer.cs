using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Training;

/// <summary>
/// Adam or SGD with Nesterov momentum, formulas and order of operations as in PyTorch. Every element is updated on its own by
/// operations that IEEE 754 rounds exactly, so the bits are the same for any vector width.
/// </summary>
public sealed class Optimizer
{
    private const int Width = 8;

    private readonly Recipe _recipe;
    private double _stepSize;
    private double _correction;

    /// <summary>An optimizer before its first step.</summary>
    /// <param name="recipe">Which optimizer, and its constants.</param>
    /// <param name="length">Number of weights.</param>
    public Optimizer(Recipe recipe, int length)
        : this(recipe, new float[length], recipe.Optimizer == OptimizerKind.Adam ? new float[length] : [], 1, 1)
    {
    }

    /// <summary>An optimizer that goes on. Takes ownership of the arrays.</summary>
    /// <param name="recipe">Which optimizer, and its constants.</param>
    /// <param name="first">See <see cref="First"/>.</param>
    /// <param name="second">See <see cref="Second"/>.</param>
    /// <param name="beta1Power">See <see cref="Beta1Power"/>.</param>
    /// <param name="beta2Power">See <see cref="Beta2Power"/>.</param>
    /// <exception cref="ArgumentException">The arrays are not those of the recipe's optimizer.</exception>
    public Optimizer(Recipe recipe, float[] first, float[] second, double beta1Power, double beta2Power)
    {
        int expected = recipe.Optimizer == OptimizerKind.Adam ? first.Length : 0;
        if (second.Length != expected)
        {
            throw new ArgumentException(
                $"{recipe.Optimizer} over {first.Length} weights has {expected} second moments, not {second.Length}.", nameof(second));
        }

        _recipe = recipe;
        First = first;
        Second = second;
        Beta1Power = beta1Power;
        Beta2Power = beta2Power;
    }

    /// <summary>Adam's first moment, or SGD's momentum buffer, one a weight.</summary>
    public float[] First { get; }

    /// <summary>Adam's second moment, one a weight; empty for SGD.</summary>
    public float[] Second { get; }

    /// <summary>Beta1 to the power of the steps done, by as many multiplications; 1 for SGD.</summary>
    public double Beta1Power { get; private set; }

    /// <summary>Beta2 to the power of the steps done, by as many multiplications; 1 for SGD.</summary>
    public double Beta2Power { get; private set; }

    /// <summary>Updates the weights by one step. Allocates nothing.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="gradient">The mean gradient, as long as the weights.</param>
    /// <param name="learningRate">This step's learning rate.</param>
    public void Step(Span<float> weights, ReadOnlySpan<float> gradient, double learningRate)
    {
        if (weights.Length != First.Length || gradient.Length != First.Length)
        {
            throw new ArgumentException(
                $"{weights.Length} weights and {gradient.Length} gradients for an optimizer of {First.Length}.", nameof(gradient));
        }

        BeginStep(learningRate);
        Update(weights, gradient, first: 0);
    }

    /// <summary>A step begins, which <see cref="Update"/> then does piece by piece.</summary>
    internal void BeginStep(double learningRate)
    {
        _stepSize = learningRate;
        if (_recipe.Optimizer == OptimizerKind.Sgd)
            return;
        Beta1Power *= _recipe.Beta1;
        Beta2Power *= _recipe.Beta2;
        _stepSize = learningRate / (1 - Beta1Power);
        _correction = Math.Sqrt(1 - Beta2Power);
    }

    /// <summary>Updates a piece of the weights.</summary>
    /// <param name="weights">The piece.</param>
    /// <param name="gradient">The mean gradient of the piece.</param>
    /// <param name="first">Where the piece begins.</param>
    internal void Update(Span<float> weights, ReadOnlySpan<float> gradient, int first)
    {
        if (_recipe.Optimizer == OptimizerKind.Sgd)
            Sgd(weights, gradient, First.AsSpan(first, weights.Length), _stepSize);
        else
            Adam(weights, gradient, First.AsSpan(first, weights.Length), Second.AsSpan(first, weights.Length), _stepSize, _correction);
    }

    /// <summary>
    /// g += d w;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g g;  w -= (r / (1 - b1^t)) m / (sqrt(v) / sqrt(1 - b2^t) + e).
    /// </summary>
    private void Adam(
        Span<float> weights, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, double stepSize, double correction)
    {
        var decay = Vector256.Create((float)_recipe.WeightDecay);
        var beta1 = Vector256.Create((float)_recipe.Beta1);
        var beta2 = Vector256.Create((float)_recipe.Beta2);
        var rest1 = Vector256.Create((float)(1 - _recipe.Beta1));
        var rest2 = Vector256.Create((float)(1 - _recipe.Beta2));
        var epsilon = Vector256.Create((float)_recipe.Epsilon);
        var size = Vector256.Create((float)stepSize);
        var root = Vector256.Create((float)correction);

        var ws = Vectors(weights);
        var gs = MemoryMarshal.Cast<float, Vector256<float>>(gradient);
        var ms = Vectors(first);
        var vs = Vectors(second);
        for (int n = 0; n < ws.Length; n++)
        {
            var w = ws[n];
            var g = gs[n] + decay * w;
            var m = ms[n] = beta1 * ms[n] + rest1 * g;
            var v = vs[n] = beta2 * vs[n] + rest2 * g * g;
            ws[n] = w - size * m / (Vector256.Sqrt(v) / root + epsilon);
        }

        int i = ws.Length * Width;
        int tail = weights.Length - i;
        if (tail == 0)
            return;

        // The tail is padded to a vector, so that there is one formula.
        Span<float> padded = stackalloc float[4 * Width];
        padded.Clear();
        Span<float> w8 = padded[..Width], g8 = padded.Slice(Width, Width), m8 = padded.Slice(2 * Width, Width), v8 = padded[(3 * Width)..];
        weights[i..].CopyTo(w8);
        gradient[i..].CopyTo(g8);
        first[i..].CopyTo(m8);
        second[i..].CopyTo(v8);
        Adam(w8, g8, m8, v8, stepSize, correction);
        w8[..tail].CopyTo(weights[i..]);
        m8[..tail].CopyTo(first[i..]);
        v8[..tail].CopyTo(second[i..]);
    }

    /// <summary>g += d w;  b = u b + g;  w -= r (g + u b). The first step's b is g, since b starts at 0.</summary>
    private void Sgd(Span<float> weights, ReadOnlySpan<float> gradient, Span<float> buffer, double learningRate)
    {
        var decay = Vector256.Create((float)_recipe.WeightDecay);
        var momentum = Vector256.Create((float)_recipe.Momentum);
        var rate = Vector256.Create((float)learningRate);

        var ws = Vectors(weights);
        var gs = MemoryMarshal.Cast<float, Vector256<float>>(gradient);
        var bs = Vectors(buffer);
        for (int n = 0; n < ws.Length; n++)
        {
            var w = ws[n];
            var g = gs[n] + decay * w;
            var b = bs[n] = momentum * bs[n] + g;
            ws[n] = w - rate * (g + momentum * b);
        }

        int i = ws.Length * Width;
        int tail = weights.Length - i;
        if (tail == 0)
            return;

        Span<float> padded = stackalloc float[3 * Width];
        padded.Clear();
        Span<float> w8 = padded[..Width], g8 = padded.Slice(Width, Width), b8 = padded[(2 * Width)..];
        weights[i..].CopyTo(w8);
        gradient[i..].CopyTo(g8);
        buffer[i..].CopyTo(b8);
        Sgd(w8, g8, b8, learningRate);
        w8[..tail].CopyTo(weights[i..]);
        b8[..tail].CopyTo(buffer[i..]);
    }

    private static Span<Vector256<float>> Vectors(Span<float> floats) => MemoryMarshal.Cast<float, Vector256<float>>(floats);
}
