using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;

namespace MnistDistributed.Model.Evaluation;

/// <summary>
/// What a network's logits say of a labelled set: loss, accuracy, predictions and errors.
/// Reduced in double and in index order, so the same logits give the same bits.
/// </summary>
public sealed class Evaluation
{
    private readonly byte[] _predictions;
    private readonly double[] _probabilities;

    private Evaluation(byte[] predictions, double[] probabilities, double loss, ReadOnlySpan<byte> labels, int classes)
    {
        _predictions = predictions;
        _probabilities = probabilities;
        Loss = loss;
        Confusion = new ConfusionMatrix(labels, predictions, classes);
        Report = new ClassificationReport(Confusion);
        Misclassified = Errors(labels, predictions, probabilities);
    }

    /// <summary>Number of images.</summary>
    public int Count => _predictions.Length;

    /// <summary>Mean softmax cross-entropy, in nats; not finite where a logit is not.</summary>
    public double Loss { get; }

    /// <summary>Share of images predicted rightly, 0 to 1.</summary>
    public double Accuracy => Report.Accuracy;

    /// <summary>The predicted labels, <c>[n]</c>: the largest logit, the first of equals.</summary>
    public ReadOnlySpan<byte> Predictions => _predictions;

    /// <summary>The softmax probability of each prediction, <c>[n]</c>.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>Labels against predictions.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>Precision, recall and F1.</summary>
    public ClassificationReport Report { get; }

    /// <summary>The wrong predictions, the most confident first, then by index.</summary>
    public IReadOnlyList<Misclassified> Misclassified { get; }

    /// <summary>Evaluates logits.</summary>
    /// <param name="logits"><c>[n, classes]</c>.</param>
    /// <param name="labels"><c>[n]</c>, each below the number of classes.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">There are no images, the spans are not of one count, or a label is that of no class.</exception>
    public static Evaluation From(ReadOnlySpan<float> logits, ReadOnlySpan<byte> labels, int classes = CnnShape.Digits)
    {
        if (labels.IsEmpty)
            throw new ArgumentException("There is no image to evaluate.", nameof(labels));
        if (logits.Length != (long)labels.Length * classes)
            throw new ArgumentException(
                $"{logits.Length} logits do not make {labels.Length} images of {classes} logits.", nameof(logits));

        var predictions = new byte[labels.Length];
        var probabilities = new double[labels.Length];
        double loss = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= classes)
                throw new ArgumentException($"Label {labels[i]} at index {i} must be 0 to {classes - 1}.", nameof(labels));
            ReadOnlySpan<float> row = logits.Slice(i * classes, classes);
            int predicted = ArgMax(row);
            double sum = SumExp(row, row[predicted]);
            predictions[i] = (byte)predicted;
            probabilities[i] = 1 / sum;
            loss += DeterministicMath.Log(sum) - ((double)row[labels[i]] - row[predicted]);
        }
        return new Evaluation(predictions, probabilities, loss / labels.Length, labels, classes);
    }

    private static int ArgMax(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int k = 1; k < row.Length; k++)
        {
            if (row[k] > row[best])
                best = k;
        }
        return best;
    }

    // Relative to the largest logit no exponential overflows, and the prediction's own is exactly 1.
    private static double SumExp(ReadOnlySpan<float> row, double largest)
    {
        double sum = 0;
        foreach (float logit in row)
            sum += DeterministicMath.Exp(logit - largest);
        return sum;
    }

    private static Misclassified[] Errors(ReadOnlySpan<byte> labels, byte[] predictions, double[] probabilities)
    {
        var errors = new List<Misclassified>();
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] != predictions[i])
                errors.Add(new(i, labels[i], predictions[i], probabilities[i]));
        }
        return [.. errors.OrderByDescending(error => error.Probability).ThenBy(error => error.Index)];
    }
}
