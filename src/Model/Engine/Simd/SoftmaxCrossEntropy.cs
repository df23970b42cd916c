using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>Softmax and cross-entropy with label smoothing (Szegedy et al., 2016), as torch.nn.CrossEntropyLoss, in double.</summary>
public static class SoftmaxCrossEntropy
{
    /// <summary>The loss of one sample, and the loss's gradient by the logits.</summary>
    /// <param name="logits"><c>[classes]</c>, at most 256.</param>
    /// <param name="label">The true class.</param>
    /// <param name="smoothing">Share of the target that is spread evenly over all classes.</param>
    /// <param name="gradient">Receives softmax - target, <c>[classes]</c>.</param>
    /// <returns>-sum over classes of target * log softmax.</returns>
    public static double Loss(ReadOnlySpan<float> logits, int label, double smoothing, Span<float> gradient)
    {
        Span<double> exponentials = stackalloc double[logits.Length];
        double largest = logits[ArgMax(logits)];
        double sum = 0;
        for (int c = 0; c < exponentials.Length; c++)
        {
            exponentials[c] = DeterministicMath.Exp(logits[c] - largest);
            sum += exponentials[c];
        }

        double logSum = largest + DeterministicMath.Log(sum);
        double spread = smoothing / logits.Length;
        double loss = 0;
        for (int c = 0; c < exponentials.Length; c++)
        {
            double target = c == label ? 1 - smoothing + spread : spread;
            if (target != 0)
                loss += target * (logSum - logits[c]);
            gradient[c] = (float)(exponentials[c] / sum - target);
        }

        return loss;
    }

    /// <summary>The class with the largest logit, the first of equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int c = 1; c < logits.Length; c++)
            if (logits[c] > logits[best])
                best = c;
        return best;
    }
}
