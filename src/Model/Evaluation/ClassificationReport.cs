using System.Globalization;
using System.Text;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Evaluation;

/// <summary>
/// Precision, recall and F1 of each class and their averages, as scikit-learn's
/// <c>classification_report(labels, predictions, zero_division=0)</c>: over the labels that occur among either.
/// </summary>
public sealed class ClassificationReport
{
    private readonly IReadOnlyList<int> _occurring;

    /// <summary>Computes the scores.</summary>
    public ClassificationReport(ConfusionMatrix confusion)
    {
        _occurring = confusion.Occurring;
        Classes = [.. Enumerable.Range(0, confusion.Classes).Select(label => Score(confusion, label))];
        Accuracy = Ratio(confusion.Correct, confusion.Total);
        Macro = Average(_ => 1, confusion.Total);
        Weighted = Average(scores => scores.Support, confusion.Total);
    }

    /// <summary>Scores of all classes, by label.</summary>
    public IReadOnlyList<ClassMetrics> Classes { get; }

    /// <summary>Share of images predicted rightly.</summary>
    public double Accuracy { get; }

    /// <summary>Mean over the classes that occur.</summary>
    public ClassMetrics Macro { get; }

    /// <summary>Mean over the classes that occur, each weighted by its support.</summary>
    public ClassMetrics Weighted { get; }

    /// <summary>The report as scikit-learn lays it out, lines ending in <c>\n</c>.</summary>
    /// <param name="digits">Decimals of a score.</param>
    /// <param name="names">What the classes are called; their numbers by default.</param>
    public string ToText(int digits = 2, LabelNames? names = null)
    {
        names ??= LabelNames.Numbers;
        int width = Math.Max("weighted avg".Length, _occurring.Select(label => names[label].Length).DefaultIfEmpty(0).Max());
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Wide("")}  {"precision",9} {"recall",9} {"f1-score",9} {"support",9}\n\n");
        foreach (int label in _occurring)
            AppendRow(names[label], Classes[label]);
        text.Append(CultureInfo.InvariantCulture, $"\n{Wide("accuracy")}  {"",9} {"",9} {Fixed(Accuracy),9} {Macro.Support,9}\n");
        AppendRow("macro avg", Macro);
        AppendRow("weighted avg", Weighted);
        return text.ToString();

        void AppendRow(string name, ClassMetrics scores) => text.Append(
            CultureInfo.InvariantCulture,
            $"{Wide(name)}  {Fixed(scores.Precision),9} {Fixed(scores.Recall),9} {Fixed(scores.F1),9} {scores.Support,9}\n");

        string Wide(string name) => name.PadLeft(width);
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
        ClassMetrics[] classes = [.. _occurring.Select(label => Classes[label])];
        double weights = classes.Sum(weight);
        return new(Mean(scores => scores.Precision), Mean(scores => scores.Recall), Mean(scores => scores.F1), total);

        double Mean(Func<ClassMetrics, double> score) => Ratio(classes.Sum(scores => weight(scores) * score(scores)), weights);
    }

    private static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;
}
