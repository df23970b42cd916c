using System.CommandLine;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary><c>mnist bench scaling</c>: how fast how many workers are, by measurement and by a formula.</summary>
public static class ScalingCommand
{
    private static readonly int[] Workers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    private static readonly int[] BestSlots = [16, 64, 256, 1024];

    private static readonly Option<int> ServerCores = new("--server-cores")
    {
        Description = "Cores of the parameter server's machine in the forecasts.",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "scaling",
            "Measures what a step is made of, holds a formula against runs on this machine, and forecasts runs of up to 1,024 workers.")
            { ServerCores };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        int cores = arguments.GetNumber(ServerCores, 1, 1024);
        var measurement = new ScalingMeasurement(await DataSets.Load(null, stop), Console.Error);
        var costs = await measurement.Measure(stop);
        var spec = measurement.Spec;
        Print(new ScalingTables(costs, spec), measurement.Runs, spec, cores);
        return 0;
    }

    private static void Print(ScalingTables tables, IReadOnlyList<ComparedRun> runs, RunSpec spec, int cores)
    {
        int images = spec.Batch / spec.Slots;
        int own = Environment.ProcessorCount;
        string growth = $"By the formula: a worker a machine, and {cores} cores where the parameter server is. Loads are those of these "
            + "cores, of its grain, and of its link; the limit is what most of a step goes into.";
        Section("What was measured", $"On {own} cores.", tables.Inputs());
        Section("Formula and measurement", $"Runs on the same {own} cores, last of {spec.Epochs} epochs.", tables.Comparison(runs, own));
        Section("Up to 1,024 workers, the default spec", growth, tables.Growth(Workers.Select(n => (n, spec.Slots, spec.Batch)), cores));
        Section($"Up to 1,024 workers, {spec.Slots} slots for each as far as a spec can have them", growth,
            tables.Growth(Workers.Select(n => (n, SlotsFor(n), images * SlotsFor(n))), cores));
        Section("The fastest number of workers", "By the formula, for some specs.",
            tables.Best(BestSlots.Select(slots => (slots, images * slots)), cores));

        int SlotsFor(int workers) => Math.Min(spec.Slots * workers, RunSpecCheck.MaxSlots);
    }

    private static void Section(string title, string text, string table) => Console.WriteLine($"### {title}\n\n{text}\n\n{table}");
}
