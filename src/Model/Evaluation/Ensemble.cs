using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Evaluation;

/// <summary>Several networks that answer as one: by the mean of their probabilities.</summary>
public static class Ensemble
{
    /// <summary>
    /// The logarithms of the mean of the networks' softmax probabilities: logits of which softmax makes this mean again. Computed by
    /// log-sum-exp, so that no probability is too small. One network alone keeps its logits.
    /// </summary>
    /// <param name="networks">Each network's logits, <c>[n, classes]</c>; one network at least.</param>
    /// <param name="classes">Number of classes.</param>
    /// <returns><c>[n, classes]</c>.</returns>
    public static float[] Logits(IReadOnlyList<float[]> networks, int classes)
    {
        if (networks.Count == 1)
            return networks[0];

        float[] logits = new float[networks[0].Length];
        double[] totals = new double[networks.Count], ofClass = new double[networks.Count];
        for (int first = 0; first < logits.Length; first += classes)
        {
            for (int i = 0; i < totals.Length; i++)
                totals[i] = LogSumExp([.. networks[i].AsSpan(first, classes)]);
            for (int k = first; k < first + classes; k++)
            {
                for (int i = 0; i < totals.Length; i++)
                    ofClass[i] = networks[i][k] - totals[i];
                logits[k] = (float)(LogSumExp(ofClass) - DeterministicMath.Log(totals.Length));
            }
        }

        return logits;
    }

    private static double LogSumExp(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in values)
            largest = Math.Max(largest, value);
        foreach (double value in values)
            sum += DeterministicMath.Exp(value - largest);
        return largest + DeterministicMath.Log(sum);
    }
}
