using System.Globalization;
using System.Text;

namespace MnistDistributed.Model.Evaluation;

/// <summary>
/// Precision, recall and F1 of each class and their averages, as scikit-learn's
/// <c>classification_report(labels=range(10), zero_division=0)</c>.
/// </summary>
public sealed class ClassificationReport
{
    /// <summary>Computes the scores.</summary>
    public ClassificationReport(ConfusionMatrix confusion)
    {
        Classes = [.. Enumerable.Range(0, ConfusionMatrix.Classes).Select(label => Score(confusion, label))];
        Accuracy = Ratio(confusion.Correct, confusion.Total);
        Macro = Average(_ => 1, confusion.Total);
        Weighted = Average(scores => scores.Support, confusion.Total);
    }

    /// <summary>Scores of the classes 0 to 9.</summary>
    public IReadOnlyList<ClassMetrics> Classes { get; }

    /// <summary>Share of images predicted rightly.</summary>
    public double Accuracy { get; }

    /// <summary>Mean over the classes.</summary>
    public ClassMetrics Macro { get; }

    /// <summary>Mean over the classes, each weighted by its support.</summary>
    public ClassMetrics Weighted { get; }

    /// <summary>The report as scikit-learn lays it out, lines ending in <c>\n</c>.</summary>
    /// <param name="digits">Decimals of a score.</param>
    public string ToText(int digits = 2)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"",12}  {"precision",9} {"recall",9} {"f1-score",9} {"support",9}\n\n");
        for (int label = 0; label < Classes.Count; label++)
            AppendRow(label.ToString(CultureInfo.InvariantCulture), Classes[label]);
        text.Append(CultureInfo.InvariantCulture, $"\n{"accuracy",12}  {"",9} {"",9} {Fixed(Accuracy),9} {Macro.Support,9}\n");
        AppendRow("macro avg", Macro);
        AppendRow("weighted avg", Weighted);
        return text.ToString();

        void AppendRow(string name, ClassMetrics scores) => text.Append(
            CultureInfo.InvariantCulture,
            $"{name,12}  {Fixed(scores.Precision),9} {Fixed(scores.Recall),9} {Fixed(scores.F1),9} {scores.Support,9}\n");

        string Fixed(double value) => value.ToString("F" + digits, CultureInfo.InvariantCulture);
    }

    private static ClassMetrics Score(ConfusionMatrix confusion, int label)
    {
        int hits = confusion[label, label];
        int labelled = confusion.Labelled(label);
        int predicted = confusion.Predicted(label);
        return new(Ratio(hits, predicted), Ratio(hits, labelled), Ratio(2.0 * hits, labelled + predicted), labelled);
    }

    private ClassMetrics Average(Func<ClassMetrics, double> weight, int total)
    {
        double weights = Classes.Sum(weight);
        return new(Mean(scores => scores.Precision), Mean(scores => scores.Recall), Mean(scores => scores.F1), total);

        double Mean(Func<ClassMetrics, double> score) => Ratio(Classes.Sum(scores => weight(scores) * score(scores)), weights);
    }

    private static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;
}
