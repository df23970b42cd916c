using System.Globalization;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>
/// An evaluation in print: accuracy, loss, the classification report as
/// scikit-learn lays it out, and the confusion matrix, coloured on a terminal; of more classes than a line holds the most frequent errors.
/// </summary>
public static class EvaluationPrinter
{
    private const int CellWidth = 6;
    private const int MostColumns = 12;
    private const int ShownPairs = 20;

    /// <summary>Prints the evaluation.</summary>
    /// <param name="console">Where to; what is no terminal gets plain text.</param>
    /// <param name="evaluation">What to print.</param>
    /// <param name="names">What the classes are called.</param>
    public static void Print(IAnsiConsole console, Evaluation evaluation, LabelNames names)
    {
        int errors = evaluation.Misclassified.Count;
        string wrong = $"{Format.Count(errors)} of {Format.Count(evaluation.Count)} wrong";
        console.WriteLine($"accuracy {Format.Percent(evaluation.Accuracy)} ({wrong}), loss {Format.Loss(evaluation.Loss)}");
        console.WriteLine();
        foreach (string line in evaluation.Report.ToText(digits: 4, names).TrimEnd('\n').Split('\n'))
            console.WriteLine(line);
        console.WriteLine();
        if (evaluation.Confusion.Occurring.Count > MostColumns || names.All.Any(name => name.Length >= CellWidth))
            PrintPairs(console, evaluation.Misclassified, names);
        else
            PrintConfusion(console, evaluation.Confusion, names);
    }

    private static void PrintPairs(IAnsiConsole console, IReadOnlyList<Misclassified> errors, LabelNames names)
    {
        IReadOnlyList<ConfusionPair> pairs = ConfusionPair.Group(errors);
        console.WriteLine(pairs.Count > ShownPairs ? $"the {ShownPairs} most frequent errors of {pairs.Count} kinds" : "errors");
        foreach (ConfusionPair pair in pairs.Take(ShownPairs))
            console.WriteLine($"{Cell(pair.Errors.Count)}  {names[pair.Label]} taken for {names[pair.Predicted]}");
    }

    private static void PrintConfusion(IAnsiConsole console, ConfusionMatrix confusion, LabelNames names)
    {
        IReadOnlyList<int> labels = confusion.Occurring;
        int width = Math.Max(3, labels.Max(label => names[label].Length));
        int largest = labels.Max(label => labels.Max(predicted => label == predicted ? 0 : confusion[label, predicted]));
        console.WriteLine("confusion matrix (rows: true label, columns: predicted)");
        console.WriteLine(new string(' ', width + 1) + string.Concat(labels.Select(label => names[label].PadLeft(CellWidth))));
        foreach (int label in labels)
        {
            console.Write($"{names[label].PadLeft(width)} ");
            foreach (int predicted in labels)
            {
                int count = confusion[label, predicted];
                console.Write(Cell(count), console.Profile.Out.IsTerminal ? Heat(count, label == predicted, largest) : Style.Plain);
            }
            console.WriteLine();
        }
    }

    private static string Cell(int count) => count.ToString(CultureInfo.InvariantCulture).PadLeft(CellWidth);

    // Errors from amber to red by the square root of their share of the largest, as in the report, so that single ones show.
    private static Style Heat(int count, bool right, int largest)
    {
        if (count == 0)
            return new Style(Color.Grey);
        if (right)
            return new Style(Color.Green);
        double heat = Math.Sqrt((double)count / largest);
        return new Style(Color.White, new Color((byte)(90 + 110 * heat), (byte)(60 - 30 * heat), 20));
    }
}
