using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>A fully connected layer, output = weights · input + bias, for a few samples at a time.</summary>
public static unsafe class Dense
{
    // The weights of so many outputs stay in cache while the samples pass, and come into it in the order in which they lie.
    private const int Block = 16;

    /// <summary>Computes the outputs.</summary>
    /// <param name="input"><c>[samples, inputs]</c>.</param>
    /// <param name="weights"><c>[outputs, inputs]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="output">Receives <c>[samples, outputs]</c>.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(float* input, float* weights, float* bias, float* output, int samples, int inputs, int outputs)
    {
        for (int j = 0; j < outputs; j += 2)
        {
            // An odd last output, or sample, is its own partner.
            int next = j + 1 < outputs ? 1 : 0;
            for (int i = 0; i < samples; i += 2)
            {
                int partner = Math.Min(i + 1, samples - 1);
                Dot2x2(
                    input + i * inputs, input + partner * inputs, weights + j * inputs, inputs, next, bias + j,
                    output + i * outputs + j, output + partner * outputs + j);
            }
        }
    }

    /// <summary>Adds the gradient of weights and bias: samples one after the other, those without a gradient left out.</summary>
    /// <param name="input"><c>[samples, inputs]</c>.</param>
    /// <param name="outputGradient"><c>[samples, outputs]</c>.</param>
    /// <param name="weightGradient"><c>[outputs, inputs]</c>, added to.</param>
    /// <param name="biasGradient"><c>[outputs]</c>, added to.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient(
        float* input, float* outputGradient, float* weightGradient, float* biasGradient, int samples, int inputs, int outputs)
    {
        int* offsets = stackalloc int[samples];
        float* factors = stackalloc float[samples];
        for (int j = 0; j < outputs; j++)
        {
            int count = 0;
            float bias = biasGradient[j];
            for (int i = 0; i < samples; i++)
            {
                float gradient = outputGradient[i * outputs + j];
                if (gradient == 0)
                    continue;
                offsets[count] = i * inputs;
                factors[count++] = gradient;
                bias += gradient;
            }

            biasGradient[j] = bias;
            WeightedRows.Add(weightGradient + j * inputs, inputs, input, offsets, factors, count);
        }
    }

    /// <summary>Computes the gradient of the input: outputs one after the other, those without a gradient left out.</summary>
    /// <param name="weights"><c>[outputs, inputs]</c>.</param>
    /// <param name="outputGradient"><c>[samples, outputs]</c>.</param>
    /// <param name="inputGradient">Receives <c>[samples, inputs]</c>.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InputGradient(float* weights, float* outputGradient, float* inputGradient, int samples, int inputs, int outputs)
    {
        int* offsets = stackalloc int[Block];
        float* factors = stackalloc float[Block];
        new Span<float>(inputGradient, samples * inputs).Clear();
        for (int first = 0; first < outputs; first += Block)
            for (int i = 0; i < samples; i++)
            {
                int count = 0;
                for (int j = first; j < Math.Min(first + Block, outputs); j++)
                {
                    float gradient = outputGradient[i * outputs + j];
                    if (gradient == 0)
                        continue;
                    offsets[count] = j * inputs;
                    factors[count++] = gradient;
                }

                WeightedRows.Add(inputGradient + i * inputs, inputs, weights, offsets, factors, count);
            }
    }

    // Two samples by two outputs, the second of them so many behind the first; each a sum in 16 lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot2x2(float* x0, float* x1, float* w0, int inputs, int next, float* bias, float* y0, float* y1)
    {
        float* w1 = w0 + next * inputs;
        var low00 = Vector256<float>.Zero;
        var high00 = Vector256<float>.Zero;
        var low01 = Vector256<float>.Zero;
        var high01 = Vector256<float>.Zero;
        var low10 = Vector256<float>.Zero;
        var high10 = Vector256<float>.Zero;
        var low11 = Vector256<float>.Zero;
        var high11 = Vector256<float>.Zero;
        for (int k = 0; k < inputs; k += 16)
        {
            var x0Low = Vector256.Load(x0 + k);
            var x1Low = Vector256.Load(x1 + k);
            var w0Low = Vector256.Load(w0 + k);
            var w1Low = Vector256.Load(w1 + k);
            low00 = Vector256.FusedMultiplyAdd(x0Low, w0Low, low00);
            low01 = Vector256.FusedMultiplyAdd(x0Low, w1Low, low01);
            low10 = Vector256.FusedMultiplyAdd(x1Low, w0Low, low10);
            low11 = Vector256.FusedMultiplyAdd(x1Low, w1Low, low11);
            var x0High = Vector256.Load(x0 + k + 8);
            var x1High = Vector256.Load(x1 + k + 8);
            var w0High = Vector256.Load(w0 + k + 8);
            var w1High = Vector256.Load(w1 + k + 8);
            high00 = Vector256.FusedMultiplyAdd(x0High, w0High, high00);
            high01 = Vector256.FusedMultiplyAdd(x0High, w1High, high01);
            high10 = Vector256.FusedMultiplyAdd(x1High, w0High, high10);
            high11 = Vector256.FusedMultiplyAdd(x1High, w1High, high11);
        }

        y0[0] = Lanes.Fold(low00, high00) + bias[0];
        y0[next] = Lanes.Fold(low01, high01) + bias[next];
        y1[0] = Lanes.Fold(low10, high10) + bias[0];
        y1[next] = Lanes.Fold(low11, high11) + bias[next];
    }
}
