using System.Globalization;
using System.Text;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// The run's tables as CSV (RFC 4180: a header line, CRLF after every line).
/// Numbers are written to the last bit, classes by their names, where they have some; what is missing is empty.
/// </summary>
public static class CsvFiles
{
    /// <summary><c>history.csv</c>: a line per epoch, counted from 1.</summary>
    public static string History(IReadOnlyList<EpochRecord> epochs)
    {
        var csv = new StringBuilder();
        AppendLine(csv, "epoch", "trainLoss", "trainAccuracy", "validationLoss", "validationAccuracy", "seconds", "learningRate");
        foreach (EpochRecord epoch in epochs)
        {
            AppendLine(
                csv, epoch.Epoch + 1, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.Seconds,
                epoch.LearningRate);
        }
        return csv.ToString();
    }

    /// <summary><c>confusion.csv</c>: a line per true label, a column per predicted one.</summary>
    public static string Confusion(ConfusionMatrix confusion, LabelNames names)
    {
        var csv = new StringBuilder();
        IEnumerable<int> labels = Enumerable.Range(0, confusion.Classes);
        AppendLine(csv, ["true", .. labels.Select(label => names[label])]);
        foreach (int label in labels)
            AppendLine(csv, [names[label], .. labels.Select(predicted => (object)confusion[label, predicted])]);
        return csv.ToString();
    }

    /// <summary>
    /// <c>misclassified.csv</c>: a line per wrong prediction, the most confident first; the index counts test images from 0.
    /// </summary>
    public static string Misclassified(IReadOnlyList<Misclassified> errors, LabelNames names)
    {
        var csv = new StringBuilder();
        AppendLine(csv, "index", "true", "predicted", "probability");
        foreach (Misclassified error in errors)
            AppendLine(csv, error.Index, names[error.Label], names[error.Predicted], error.Probability);
        return csv.ToString();
    }

    /// <summary>The logits of every image: a line per image, counted from 0, a column per class.</summary>
    /// <param name="logits"><c>[count, classes]</c>.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="names">What they are called.</param>
    public static string Logits(ReadOnlySpan<float> logits, int classes, LabelNames names)
    {
        var csv = new StringBuilder();
        AppendLine(csv, ["index", .. Enumerable.Range(0, classes).Select(label => names[label])]);
        for (int image = 0; image < logits.Length / classes; image++)
            AppendLine(csv, [image, .. logits.Slice(image * classes, classes).ToArray().Cast<object>()]);
        return csv.ToString();
    }

    private static void AppendLine(StringBuilder csv, params object?[] fields) =>
        csv.AppendJoin(',', fields.Select(Text)).Append("\r\n");

    private static string? Text(object? field) => field is string text && text.AsSpan().IndexOfAny(",\"\r\n") >= 0
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : Convert.ToString(field, CultureInfo.InvariantCulture);
}
