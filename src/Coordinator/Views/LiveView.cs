using System.Globalization;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MnistDistributed.Coordinator.Views;

/// <summary>On a terminal: a table with a row an epoch, and below it the running epoch with a bar, kept up to date.</summary>
public sealed class LiveView : IRunView
{
    private const int BarWidth = 28;

    private readonly Table _epochs;
    private readonly TaskCompletionSource _done = new();
    private readonly Task _display;
    private readonly Lock _lock = new();
    private LiveDisplayContext? _context;
    private IRenderable _status = new Text("Waiting for workers ...");

    /// <summary>Takes the terminal until it is disposed of.</summary>
    public LiveView()
    {
        _epochs = new Table().Border(TableBorder.Simple).AddColumn("epoch");
        foreach (string column in new[] { "training loss", "accuracy", "validation loss", "accuracy", "seconds" })
            _epochs.AddColumn(new TableColumn(column).RightAligned());
        _display = AnsiConsole.Live(Layout()).AutoClear(false).StartAsync(async context =>
        {
            lock (_lock)
                _context = context;
            await _done.Task;
        });
    }

    /// <inheritdoc/>
    public void Progress(RunView run) => Show(run.Phase switch
    {
        RunPhase.Training when run.Workers == 0 => new Text("Waiting for workers ..."),
        RunPhase.Training => Training(run),
        RunPhase.Validating => new Markup(Invariant($"[grey]validation[/] {run.Evaluated:N0} of {run.ToEvaluate:N0} images")),
        RunPhase.Testing => new Markup(Invariant($"[grey]test[/] {run.Evaluated:N0} of {run.ToEvaluate:N0} images")),
        _ => Text.Empty,
    });

    /// <inheritdoc/>
    public void EpochDone(EpochRecord epoch)
    {
        lock (_lock)
        {
            _epochs.AddRow(
                Invariant($"{epoch.Epoch + 1}"), Invariant($"{epoch.TrainLoss:F4}"), Invariant($"{epoch.TrainAccuracy:P2}"),
                epoch.ValidationLoss is { } loss ? Invariant($"{loss:F4}") : "", epoch.ValidationAccuracy is { } accuracy ? Invariant($"{accuracy:P2}") : "",
                Invariant($"{epoch.Seconds:F1}"));
        }

        Show(Text.Empty);
    }

    /// <inheritdoc/>
    public void Note(string message) => Show(new Text(message));

    /// <inheritdoc/>
    public void Dispose()
    {
        Show(Text.Empty);
        _done.TrySetResult();
        _display.GetAwaiter().GetResult();
    }

    private static Markup Training(RunView run)
    {
        int filled = (int)((long)BarWidth * run.Step / run.Steps);
        string numbers = run.Loss is null ? "" : Invariant($"  loss [bold]{run.Loss:F4}[/]  accuracy [bold]{run.Accuracy:P2}[/]");
        string speed = run.ImagesPerSecond == 0 ? "" : Invariant($"  {run.ImagesPerSecond:N0} images/s");
        string left = run.TimeLeft is { } time ? Invariant($"  [grey]{time:m\\:ss} left[/]") : "";
        return new Markup(Invariant($"epoch {run.Epoch}/{run.Epochs} [green]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/] step {run.Step}/{run.Steps}")
            + numbers + speed + left);
    }

    private void Show(IRenderable status)
    {
        lock (_lock)
        {
            _status = status;
            _context?.UpdateTarget(Layout());
        }
    }

    private Rows Layout() => _epochs.Rows.Count == 0 ? new Rows(_status) : new Rows(_epochs, _status);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
