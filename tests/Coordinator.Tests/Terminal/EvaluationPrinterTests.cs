using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Tests.Reports;
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

    private static string Print(RunSummary run, AnsiSupport ansi)
    {
        using var text = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = ansi });
        console.Profile.Width = 80;
        EvaluationPrinter.Print(console, run.Test);
        return text.ToString();
    }
}
