using System.CommandLine;
using System.Globalization;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Bench;

/// <summary><c>mnist bench watching</c>: what it costs to be watched.</summary>
public static class WatchingCommand
{
    private static readonly Option<int> Rounds = Number("--rounds", "Rounds, in each of which every kind of run has its turn.", 5);
    private static readonly Option<int> Epochs = Number("--epochs", "Epochs of each run.", 4);
    private static readonly Option<int> Workers = Number("--workers", "Workers of each run.", 2);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "watching",
            "Trains on MNIST by turns unwatched, scraped every second, and pushing metrics, traces and logs over OTLP besides.");
        foreach (var option in (Option[])[Rounds, Epochs, Workers])
            command.Options.Add(option);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        int rounds = arguments.GetNumber(Rounds, 1, 1000);
        string[] options =
        [
            "--epochs", $"{arguments.GetNumber(Epochs, 1, 1000)}", "--workers", $"{arguments.GetNumber(Workers, 1, 64)}",
            "--validation", "0",
        ];
        // What is fetched on first use would be the first run's alone.
        await DataSets.Load(null, stop);
        Dictionary<Watch, List<WatchedRun>> runs = [];
        foreach (var watch in Enum.GetValues<Watch>())
            runs.Add(watch, []);
        for (int round = 0; round < rounds; round++)
        {
            // Who comes first in a round comes last in the next.
            foreach (var watch in round % 2 == 0 ? Enum.GetValues<Watch>() : Enumerable.Reverse(Enum.GetValues<Watch>()))
                runs[watch].Add(await WatchedRun.Measure(watch, options, stop));
            Console.Error.WriteLine($"round {round + 1} of {rounds}");
        }

        Print(runs);
        return 0;
    }

    private static void Print(Dictionary<Watch, List<WatchedRun>> runs)
    {
        Console.WriteLine("| medians | images/s | processor s | whole process s |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var watch in Enum.GetValues<Watch>())
        {
            Console.WriteLine($"| {watch.ToString().ToLowerInvariant()} | {Cell(run => run.ImagesPerSecond, "N0")} "
                + $"| {Cell(run => run.ProcessorSeconds, "F2")} | {Cell(run => run.Seconds, "F2")} |");

            string Cell(Func<WatchedRun, double> figure, string format)
            {
                double median = Median.Of(runs[watch].Select(figure));
                double change = median / Median.Of(runs[Watch.Unwatched].Select(figure)) - 1;
                string shown = median.ToString(format, CultureInfo.InvariantCulture);
                return watch == Watch.Unwatched ? shown
                    : string.Create(CultureInfo.InvariantCulture, $"{shown} ({change:+0.0 %;-0.0 %})");
            }
        }
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
}
