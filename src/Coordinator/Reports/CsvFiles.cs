using System.Globalization;
using System.Text;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>
/// The run's tables as CSV (RFC 4180: a header line, CRLF after every line).
/// All fields are numbers, written to the last bit; a missing one is empty.
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
    public static string Confusion(ConfusionMatrix confusion)
    {
        var csv = new StringBuilder();
        AppendLine(csv, ["true", .. Enumerable.Range(0, ConfusionMatrix.Classes).Cast<object>()]);
        for (int label = 0; label < ConfusionMatrix.Classes; label++)
            AppendLine(
                csv, [label, .. Enumerable.Range(0, ConfusionMatrix.Classes).Select(predicted => (object)confusion[label, predicted])]);
        return csv.ToString();
    }

    /// <summary>
    /// <c>misclassified.csv</c>: a line per wrong prediction, the most confident first; the index counts test images from 0.
    /// </summary>
    public static string Misclassified(IReadOnlyList<Misclassified> errors)
    {
        var csv = new StringBuilder();
        AppendLine(csv, "index", "true", "predicted", "probability");
        foreach (Misclassified error in errors)
            AppendLine(csv, error.Index, error.Label, error.Predicted, error.Probability);
        return csv.ToString();
    }

    /// <summary>The logits of every image: a line per image, counted from 0, a column per class.</summary>
    /// <param name="logits"><c>[count, 10]</c>.</param>
    public static string Logits(ReadOnlySpan<float> logits)
    {
        var csv = new StringBuilder();
        AppendLine(csv, ["index", .. Enumerable.Range(0, CnnShape.Classes).Cast<object>()]);
        for (int image = 0; image < logits.Length / CnnShape.Classes; image++)
            AppendLine(csv, [image, .. logits.Slice(image * CnnShape.Classes, CnnShape.Classes).ToArray().Cast<object>()]);
        return csv.ToString();
    }

    private static void AppendLine(StringBuilder csv, params object?[] fields) =>
        csv.AppendJoin(',', fields.Select(field => Convert.ToString(field, CultureInfo.InvariantCulture))).Append("\r\n");
}
