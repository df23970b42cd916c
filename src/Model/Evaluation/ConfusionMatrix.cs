using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Evaluation;

/// <summary>How often each label was predicted as each: <c>[classes, classes]</c>, rows are true labels, columns predictions.</summary>
public sealed class ConfusionMatrix
{
    private readonly int[] _counts;

    /// <summary>Counts pairs of label and prediction.</summary>
    /// <param name="labels"><c>[n]</c>, each below the number of classes.</param>
    /// <param name="predictions"><c>[n]</c>, likewise.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">The spans are not of one length, or a value is that of no class.</exception>
    public ConfusionMatrix(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> predictions, int classes = CnnShape.Digits)
    {
        Classes = classes;
        _counts = new int[classes * classes];
        if (labels.Length != predictions.Length)
            throw new ArgumentException($"{predictions.Length} predictions do not match {labels.Length} labels.", nameof(predictions));
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= Classes || predictions[i] >= Classes)
                throw new ArgumentException(
                    $"Label {labels[i]}, prediction {predictions[i]} at index {i}: both must be 0 to {Classes - 1}.", nameof(labels));
            _counts[labels[i] * Classes + predictions[i]]++;
        }
        Total = labels.Length;
        Occurring = [.. Enumerable.Range(0, Classes).Where(label => Labelled(label) + Predicted(label) > 0)];
    }

    /// <summary>Number of classes: of rows, and of columns.</summary>
    public int Classes { get; }

    /// <summary>The labels of images, or that were predicted, in order. EMNIST's letters, for one, have no label 0.</summary>
    public IReadOnlyList<int> Occurring { get; }

    /// <summary>Number of images.</summary>
    public int Total { get; }

    /// <summary>How many images of a label were predicted as another, or as the same.</summary>
    public int this[int label, int predicted] => _counts[label * Classes + predicted];

    /// <summary>Number of images on the diagonal.</summary>
    public int Correct => Enumerable.Range(0, Classes).Sum(k => this[k, k]);

    /// <summary>Number of images of a label: its row's sum.</summary>
    public int Labelled(int label) => Enumerable.Range(0, Classes).Sum(predicted => this[label, predicted]);

    /// <summary>Number of images predicted as a label: its column's sum.</summary>
    public int Predicted(int predicted) => Enumerable.Range(0, Classes).Sum(label => this[label, predicted]);
}
