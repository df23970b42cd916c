using System.Globalization;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Model.Evaluation;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>
/// An evaluation in print: accuracy, loss, the classification report as
/// scikit-learn lays it out, and the confusion matrix, coloured on a terminal.
/// </summary>
public static class EvaluationPrinter
{
    private const int CellWidth = 6;

    /// <summary>Prints the evaluation.</summary>
    /// <param name="console">Where to; what is no terminal gets plain text.</param>
    /// <param name="evaluation">What to print.</param>
    public static void Print(IAnsiConsole console, Evaluation evaluation)
    {
        int errors = evaluation.Misclassified.Count;
        string wrong = $"{Format.Count(errors)} of {Format.Count(evaluation.Count)} wrong";
        console.WriteLine($"accuracy {Format.Percent(evaluation.Accuracy)} ({wrong}), loss {Format.Loss(evaluation.Loss)}");
        console.WriteLine();
        foreach (string line in evaluation.Report.ToText(digits: 4).TrimEnd('\n').Split('\n'))
            console.WriteLine(line);
        console.WriteLine();
        PrintConfusion(console, evaluation.Confusion);
    }

    private static void PrintConfusion(IAnsiConsole console, ConfusionMatrix confusion)
    {
        IEnumerable<int> labels = Enumerable.Range(0, ConfusionMatrix.Classes);
        int largest = labels.Max(label => labels.Max(predicted => label == predicted ? 0 : confusion[label, predicted]));
        console.WriteLine("confusion matrix (rows: true label, columns: predicted)");
        console.WriteLine("    " + string.Concat(labels.Select(Cell)));
        foreach (int label in labels)
        {
            console.Write(string.Create(CultureInfo.InvariantCulture, $"{label,3} "));
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
