using System.Globalization;
using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>
/// Downloads as people see them: a bar a file on a terminal, else a line
/// for each transfer that begins. Before the first report nothing is shown.
/// </summary>
/// <param name="console">Where to.</param>
public sealed class DownloadView(IAnsiConsole console) : IProgress<DownloadProgress>, IAsyncDisposable
{
    private readonly Dictionary<string, ProgressTask> _bars = [];
    private readonly TaskCompletionSource _done = new();
    private ProgressContext? _context;
    private Task _display = Task.CompletedTask;

    /// <inheritdoc/>
    public void Report(DownloadProgress value)
    {
        if (value == DownloadProgress.Waiting)
            console.Profile.Out.Writer.WriteLine("Waiting for another mnist that fetches the data ...");
        else if (console.Profile.Out.IsTerminal)
            Bar(value);
        else if (value.Received == 0)
            console.Profile.Out.Writer.WriteLine($"Fetching {value.File} from {value.From}{Size(value.Total)}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _done.TrySetResult();
        await _display;
    }

    private void Bar(DownloadProgress value)
    {
        _context ??= Start();
        if (!_bars.TryGetValue(value.File, out ProgressTask? bar))
            _bars[value.File] = bar = _context.AddTask(value.File.EscapeMarkup());
        bar.IsIndeterminate = value.Total is null;
        bar.MaxValue = Math.Max(1, value.Total ?? 1);
        bar.Value = value.Received;
    }

    private ProgressContext Start()
    {
        var started = new TaskCompletionSource<ProgressContext>();
        _display = console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DownloadedColumn(),
                new TransferSpeedColumn())
            .StartAsync(async context =>
            {
                started.SetResult(context);
                await _done.Task;
            });
        // Where another live display holds the terminal, the display fails without ever having started.
        bool hasStarted = Task.WhenAny(started.Task, _display).GetAwaiter().GetResult() == started.Task;
        return hasStarted ? started.Task.Result : throw _display.Exception!.InnerException!;
    }

    private static string Size(long? bytes) => bytes is { } size ? string.Create(CultureInfo.InvariantCulture, $" ({size:N0} bytes)") : "";
}
