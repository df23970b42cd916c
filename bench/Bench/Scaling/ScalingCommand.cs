using System.CommandLine;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary><c>mnist bench scaling</c>: how fast how many workers are, by measurement and by a formula.</summary>
public static class ScalingCommand
{
    private static readonly int[] Workers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

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
        var tables = new ScalingTables(costs, spec);
        int images = spec.Batch / spec.Slots;
        Console.WriteLine(tables.Inputs());
        Console.WriteLine(tables.Comparison(measurement.Runs, Environment.ProcessorCount));
        Console.WriteLine(tables.Growth(Workers.Select(workers => (workers, spec.Slots, spec.Batch)), cores));
        Console.WriteLine(tables.Growth(Workers.Select(workers => (workers, SlotsFor(workers), images * SlotsFor(workers))), cores));
        Console.Write(tables.Best(((int[])[16, 64, 256, 1024]).Select(slots => (slots, images * slots)), cores));
        return 0;

        int SlotsFor(int workers) => Math.Min(spec.Slots * workers, RunSpecCheck.MaxSlots);
    }
}
