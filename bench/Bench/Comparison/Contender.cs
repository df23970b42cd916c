using System.Diagnostics;
using System.Text.Json;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Bench.Comparison;

/// <summary>Who takes part in the comparison.</summary>
/// <param name="Name">Its name in tables and files.</param>
/// <param name="Threads">How many threads, or workers, or processes of one thread, compute.</param>
/// <param name="IsOurs">Whether it is this program, rather than a peer of it.</param>
/// <param name="Measure">Lets it train once.</param>
public sealed record Contender(string Name, int Threads, bool IsOurs, Func<CancellationToken, Task<Figures>> Measure)
{
    /// <summary>Runs the process of a contender, which prints its figures last.</summary>
    /// <param name="start">How it is started.</param>
    /// <param name="stop">Kills it.</param>
    /// <exception cref="RunFailedException">It failed.</exception>
    public static async Task<Figures> Run(ProcessStartInfo start, CancellationToken stop)
    {
        var process = await ChildProcess.Run(start, stop);
        string last = process.Output.TrimEnd().Split('\n')[^1];
        var figures = JsonSerializer.Deserialize<Figures>(last, Figures.Json)!;
        return figures with { FirstStepSeconds = figures.FirstStepAt - process.Started.ToUnixTimeMilliseconds() / 1000.0 };
    }
}
