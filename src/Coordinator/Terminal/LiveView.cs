using System.Globalization;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>On a terminal: a line an epoch, and below them the running epoch with a bar, rewritten in place.</summary>
/// <param name="console">The terminal.</param>
public sealed class LiveView(IAnsiConsole console) : IRunObserver, IDisposable
{
    private const int BarWidth = 28;

    private bool _hasHeader;

    /// <inheritdoc/>
    public void Progress(RunSnapshot run) => Show(run switch
    {
        { Activity: RunActivity.WaitingForWorkers } => $"[grey]{run.Note} ...[/]",
        { Phase: RunPhase.Paused } => Invariant($"[grey]paused in {Place(run, " at")}[/]"),
        { Phase: RunPhase.Training, Workers: 0 } => "[grey]waiting for workers ...[/]",
        { Phase: RunPhase.Training } => Training(run),
        { Phase: RunPhase.Validating } => Invariant($"[grey]validation {run.Evaluated:N0} of {run.ToEvaluate:N0} images[/]"),
        { Phase: RunPhase.Testing } => Invariant($"[grey]test {run.Evaluated:N0} of {run.ToEvaluate:N0} images[/]"),
        _ => "",
    });

    /// <inheritdoc/>
    public void EpochDone(EpochRecord epoch)
    {
        if (!_hasHeader)
            Line("[grey]epoch   training loss   accuracy   validation loss   accuracy   seconds[/]");
        _hasHeader = true;
        string training = Invariant($"{epoch.TrainLoss,13:F4}   {epoch.TrainAccuracy,8:P2}");
        // Where there is none, these are blanks of the same width.
        string validation = Invariant($"{epoch.ValidationLoss,15:F4}   {epoch.ValidationAccuracy,8:P2}");
        Line(Invariant($"{epoch.Epoch + 1,5}   {training}   {validation}   {epoch.Seconds,7:F1}"));
    }

    /// <inheritdoc/>
    public void Note(string message) => Line(Markup.Escape(message));

    /// <inheritdoc/>
    public void Dispose() => Show("");

    /// <summary>What is most wanted comes first; what the terminal has no room for is left out.</summary>
    private string Training(RunSnapshot run)
    {
        int filled = (int)((long)BarWidth * run.StepInEpoch / run.StepsPerEpoch);
        string numbers = run.Loss is null ? "" : Invariant($"  loss [bold]{run.Loss:F4}[/]  accuracy [bold]{run.Accuracy:P2}[/]");
        string speed = run.ImagesPerSecond == 0 ? "" : Invariant($"  {run.ImagesPerSecond:N0} images/s");
        string left = run.TimeLeft is { } time ? Invariant($"  [grey]{time:h\\:mm\\:ss} left[/]") : "";
        string bar = $"[green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/]";
        string line = Place(run, $" {bar}");
        foreach (string part in new[] { numbers, speed, left })
        {
            if (Markup.Remove(line + part).Length >= console.Profile.Width)
                break;
            line += part;
        }

        return line;
    }

    private static string Place(RunSnapshot run, string between) =>
        Invariant($"epoch {run.Epoch}/{run.Epochs}{between} step {run.StepInEpoch}/{run.StepsPerEpoch}");

    private void Line(string markup)
    {
        Show(markup);
        console.WriteLine();
    }

    /// <summary>Rewrites the last line.</summary>
    private void Show(string markup)
    {
        console.Profile.Out.Writer.Write("\r\e[2K");
        console.Write(new Markup(markup));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
