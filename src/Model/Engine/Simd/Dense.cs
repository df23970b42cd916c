using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>A fully connected layer, output = weights · input + bias.</summary>
public static unsafe class Dense
{
    /// <summary>How many samples the forward pass takes at a time.</summary>
    public const int Group = 8;

    // Lanes of a dot product, whatever the width of the vectors.
    private const int Chains = 16;

    // So much of the group's inputs stays in the first-level cache while the weights pass.
    private const int Chunk = 400;

    /// <summary>Computes the outputs: dot products in 16 lanes, folded in one order.</summary>
    /// <param name="input"><c>[samples, inputs]</c>.</param>
    /// <param name="weights"><c>[outputs, inputs]</c>.</param>
    /// <param name="bias"><c>[outputs]</c>.</param>
    /// <param name="output">Receives <c>[samples, stride]</c>.</param>
    /// <param name="stride">A multiple of 16, from one sample's outputs to the next's.</param>
    /// <param name="samples">Number of samples, <see cref="Group"/> at most.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="dots">Memory for <c>[samples, stride, 16]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward<T>(
        float* input, float* weights, float* bias, float* output, int stride, int samples, int inputs, int outputs, float* dots)
        where T : unmanaged, ILanes<T>
    {
        new Span<float>(dots, samples * stride * Chains).Clear();
        for (int k = 0; k < inputs; k += Chunk)
            for (int j = 0; j < outputs; j += 4)
                for (int i = 0; i < samples; i += 2)
                {
                    // Where no four outputs are left, or no two samples, the last one is its own neighbour.
                    int sample = Math.Min(1, samples - 1 - i);
                    int last = outputs - 1 - j;
                    for (int lane = 0; lane < Chains; lane += T.Count)
                        Dot2x4<T>(
                            input + i * inputs + k + lane, sample * inputs, weights + j * inputs + k + lane, inputs,
                            Math.Min(Chunk, inputs - k), Math.Min(1, last), Math.Min(2, last), Math.Min(3, last),
                            dots + (i * stride + j) * Chains + lane, sample * stride * Chains);
                }

        for (int i = 0; i < samples; i++, output += stride, dots += stride * Chains)
        {
            int j = 0;
            for (; j <= outputs - 4; j += 4)
                (Lanes.Fold4(dots + j * Chains) + Vector128.Load(bias + j)).Store(output + j);
            if (j == outputs)
                continue;
            // Fewer than four are left. Behind the last sample's there may be no memory, so this is not read for nothing.
            for (var rest = Lanes.Fold4(dots + j * Chains); j < outputs; j++)
                output[j] = rest[j & 3] + bias[j];
        }
    }

    /// <summary>Computes the gradient of weights and bias: within a slot sample by sample, the slots along their tree.</summary>
    /// <param name="input"><c>[samples, inputs]</c>.</param>
    /// <param name="outputGradient"><c>[samples, stride]</c>.</param>
    /// <param name="stride">A multiple of 16, from one sample's gradients to the next's; what is beyond the outputs is zero.</param>
    /// <param name="tree">Which samples are whose, and how the slots are added.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="memory">For lists and sums.</param>
    /// <param name="weightGradient">Receives <c>[outputs, inputs]</c>.</param>
    /// <param name="biasGradient">Receives <c>[outputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WeightGradient<T>(
        float* input, float* outputGradient, int stride, SlotTree tree, int inputs, int outputs, DenseMemory memory,
        float* weightGradient, float* biasGradient)
        where T : unmanaged, ILanes<T>
    {
        int slots = tree.Slots;
        fixed (int* slotEnds = tree.Ends)
        fixed (int* adds = tree.Adds)
        {
            int* offsets = memory.Offsets;
            float* factors = memory.Factors;
            int* ends = memory.Ends;
            for (int j = 0; j < outputs; j++)
            {
                int count = 0;
                for (int slot = 0, i = 0; slot < slots; slot++)
                {
                    for (; i < slotEnds[slot]; i++)
                    {
                        float gradient = outputGradient[i * stride + j];
                        offsets[count] = i * inputs;
                        factors[count] = gradient;
                        count += gradient == 0 ? 0 : 1;
                    }

                    ends[slot] = count;
                }

                WeightedRows.Sum<T>(
                    weightGradient + j * inputs, inputs, input, offsets, factors, ends, adds, slots, memory.Sums);
            }

            for (int i = 0; i < slotEnds[slots - 1]; i++)
            {
                offsets[i] = i * stride;
                factors[i] = 1;
            }

            WeightedRows.Sum<T>(memory.Bias, stride, outputGradient, offsets, factors, slotEnds, adds, slots, memory.Sums);
            new Span<float>(memory.Bias, outputs).CopyTo(new Span<float>(biasGradient, outputs));
        }
    }

    /// <summary>Computes the gradient of the input: outputs one after the other, those without a gradient left out.</summary>
    /// <param name="weights"><c>[outputs, inputs]</c>.</param>
    /// <param name="outputGradient"><c>[samples, stride]</c>.</param>
    /// <param name="stride">From one sample's gradients to the next's.</param>
    /// <param name="samples">Number of samples.</param>
    /// <param name="inputs">A multiple of 16.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="memory">For lists and sums.</param>
    /// <param name="inputGradient">Receives <c>[samples, inputs]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InputGradient<T>(
        float* weights, float* outputGradient, int stride, int samples, int inputs, int outputs, DenseMemory memory, float* inputGradient)
        where T : unmanaged, ILanes<T>
    {
        int* offsets = memory.Offsets;
        float* factors = memory.Factors;
        int adds = 0;
        for (int i = 0; i < samples; i++)
        {
            int count = 0;
            for (int j = 0; j < outputs; j++)
            {
                float gradient = outputGradient[i * stride + j];
                offsets[count] = j * inputs;
                factors[count] = gradient;
                count += gradient == 0 ? 0 : 1;
            }

            WeightedRows.Sum<T>(inputGradient + i * inputs, inputs, weights, offsets, factors, &count, &adds, 1, memory.Sums);
        }
    }

    // The dot products of two samples with four outputs go on, as far as one vector of their 16 lanes goes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dot2x4<T>(
        float* x0, int sample, float* w0, int inputs, int count, int j1, int j2, int j3, float* dots0, int dotsOfSample)
        where T : unmanaged, ILanes<T>
    {
        float* x1 = x0 + sample;
        float* w1 = w0 + j1 * inputs;
        float* w2 = w0 + j2 * inputs;
        float* w3 = w0 + j3 * inputs;
        float* dots1 = dots0 + dotsOfSample;
        var a0 = T.Load(dots0);
        var a1 = T.Load(dots0 + j1 * Chains);
        var a2 = T.Load(dots0 + j2 * Chains);
        var a3 = T.Load(dots0 + j3 * Chains);
        var b0 = T.Load(dots1);
        var b1 = T.Load(dots1 + j1 * Chains);
        var b2 = T.Load(dots1 + j2 * Chains);
        var b3 = T.Load(dots1 + j3 * Chains);
        for (int k = 0; k < count; k += Chains)
        {
            var a = T.Load(x0 + k);
            var b = T.Load(x1 + k);
            var w = T.Load(w0 + k);
            a0 = T.MultiplyAdd(a, w, a0);
            b0 = T.MultiplyAdd(b, w, b0);
            w = T.Load(w1 + k);
            a1 = T.MultiplyAdd(a, w, a1);
            b1 = T.MultiplyAdd(b, w, b1);
            w = T.Load(w2 + k);
            a2 = T.MultiplyAdd(a, w, a2);
            b2 = T.MultiplyAdd(b, w, b2);
            w = T.Load(w3 + k);
            a3 = T.MultiplyAdd(a, w, a3);
            b3 = T.MultiplyAdd(b, w, b3);
        }

        a0.Store(dots0);
        a1.Store(dots0 + j1 * Chains);
        a2.Store(dots0 + j2 * Chains);
        a3.Store(dots0 + j3 * Chains);
        b0.Store(dots1);
        b1.Store(dots1 + j1 * Chains);
        b2.Store(dots1 + j2 * Chains);
        b3.Store(dots1 + j3 * Chains);
    }
}
