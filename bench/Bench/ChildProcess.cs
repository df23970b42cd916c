using System.ComponentModel;
using System.Diagnostics;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Bench;

/// <summary>What is measured in a process of its own.</summary>
/// <param name="Started">When it was started.</param>
/// <param name="Seconds">From there to its end.</param>
/// <param name="ProcessorSeconds">Its processor time.</param>
/// <param name="Output">What it printed.</param>
public sealed record ChildProcess(DateTimeOffset Started, double Seconds, double ProcessorSeconds, string Output)
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(20);

    /// <summary>How a program of ours that lies beside this one is started.</summary>
    /// <param name="name">Its name in the solution.</param>
    /// <param name="arguments">Its command line.</param>
    public static ProcessStartInfo OfOurs(string name, IEnumerable<string> arguments) =>
        new(SiloProgram.DotNet, [Path.Combine(AppContext.BaseDirectory, $"MnistDistributed.{name}.dll"), .. arguments]);

    /// <summary>Runs it to its end.</summary>
    /// <param name="start">How it is started.</param>
    /// <param name="stop">Kills it.</param>
    /// <exception cref="RunFailedException">It failed.</exception>
    public static async Task<ChildProcess> Run(ProcessStartInfo start, CancellationToken stop)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        var started = DateTimeOffset.UtcNow;
        long began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            var processor = await ProcessorTime(process, stop);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            return process.ExitCode == 0 ? new ChildProcess(started, seconds, processor.TotalSeconds, await output)
                : throw new RunFailedException($"What was measured ended with exit code {process.ExitCode}: {(await error).Trim()}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Waits for the end of a process, and looks at its processor time until then: afterwards nobody tells.</summary>
    private static async Task<TimeSpan> ProcessorTime(Process process, CancellationToken stop)
    {
        var seen = TimeSpan.Zero;
        var end = process.WaitForExitAsync(stop);
        while (!end.IsCompleted)
        {
            try
            {
                process.Refresh();
                seen = process.TotalProcessorTime;
            }
            catch (Exception e) when (e is InvalidOperationException or Win32Exception)
            {
                // It has just ended.
            }

            await Task.WhenAny(end, Task.Delay(LookPeriod, stop));
        }

        await end;
        return seen;
    }
}
