using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Tests.Reports;
using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Tests.Terminal;

public class EvaluationPrinterTests
{
    [Fact]
    public void What_is_no_terminal_gets_plain_text()
    {
        RunSummary run = Sample.Run(errors: 3);

        string text = Print(run, AnsiSupport.No);

        Assert.DoesNotContain('\u001b', text);
        Assert.Contains("accuracy 99.70% (3 of 1,000 wrong)", text, StringComparison.Ordinal);
        Assert.Contains(run.Test.Report.ToText(digits: 4), text, StringComparison.Ordinal);
        Assert.Contains("  0     99     0     1     0     0     0     0     0     0     0", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Colour_is_not_forced_on_a_file() => Assert.DoesNotContain('\u001b', Print(Sample.Run(errors: 3), AnsiSupport.Yes));

    [Fact]
    public void No_errors_are_no_problem() =>
        Assert.Contains("(0 of 1,000 wrong)", Print(Sample.Run(errors: 0), AnsiSupport.No), StringComparison.Ordinal);

    [Fact]
    public void Names_stand_for_labels()
    {
        RunSummary run = Sample.Run(errors: 3);
        var names = LabelNames.Of(["null", .. Enumerable.Range(1, 9).Select(label => $"{label}")]);
        string text = Print(run, AnsiSupport.No, names);
        Assert.Contains("        null     1.0000    0.9900", text, StringComparison.Ordinal);
        Assert.Contains("\nnull     99     0     1 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_more_classes_than_a_line_holds_the_most_frequent_errors_are_printed()
    {
        string text = Print(Sample.Letters(), AnsiSupport.No, Sample.Letters().Labels);
        Assert.DoesNotContain("confusion matrix", text, StringComparison.Ordinal);
        Assert.Contains(
            "\nthe 20 most frequent errors of 26 kinds\n     4  A taken for B\n     4  B taken for C\n", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        // No image has the label 0, and none was taken for one.
        Assert.DoesNotContain("\n           0  ", text, StringComparison.Ordinal);
    }

    private static string Print(RunSummary run, AnsiSupport ansi, LabelNames? labels = null)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = ansi });
        console.Profile.Width = 80;
        EvaluationPrinter.Print(console, run.Test, labels ?? LabelNames.Numbers);
        return text.ToString();
    }
}
