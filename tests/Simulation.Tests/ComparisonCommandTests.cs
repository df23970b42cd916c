using System.CommandLine;
using System.Text.Json;
using MnistDistributed.Bench;
using MnistDistributed.Bench.Comparison;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Simulation.Tests;

public class ComparisonCommandTests
{
    private static readonly ComparisonReport Report = new()
    {
        Machine = new Machine("A processor", 2, 512, "A system", ".NET 10"),
        Contenders =
        [
            Ours(ComparisonRows.Ours(1), 1, speed: 6000),
            Ours(ComparisonRows.Ours(2), 2, speed: 9000),
            Ours(ComparisonRows.OurProcesses, 2, speed: 7500),
            new("PyTorch, default layout, 1 thread", 1, IsOurs: false,
                [new Figures { Version = "1.13", TrainImagesPerSecond = 1500, FirstStepSeconds = 3, PeakBytes = 8e8 }]),
            new("PyTorch, DistributedDataParallel", 2, IsOurs: false, [new Figures { Version = "1.13", TrainImagesPerSecond = 3000 }]),
        ],
        Missing = ["libtorch is left out."],
    };

    [Theory]
    [InlineData("--rounds 0: give 1 to 1000.", "--rounds", "0")]
    [InlineData("--json is empty; give", "--json", "")]
    [InlineData("Unrecognized command or argument 'kernel'.", "kernel")]
    public async Task A_wrong_call_is_one_line_and_exit_code_2(string line, params string[] arguments)
    {
        var error = new StringWriter();
        int code = await CommandErrors.RunAsync(
            BenchCommand.Create(), ["bench", .. arguments], new InvocationConfiguration { Error = error },
            TestContext.Current.CancellationToken);

        Assert.Equal(2, code);
        string said = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(line, said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_holds_the_medians_of_ours_against_peers_of_as_many_threads()
    {
        string[] rows = ComparisonTable.Of(Report.Rows).TrimEnd('\n').Split('\n');

        Assert.Equal(
        [
            "| ratio | figure | ours | the other | which is |",
            "| ---: | --- | ---: | ---: | --- |",
            "| 4.00x | training, 1 worker | 6,000 images/s | 1,500 images/s | PyTorch, default layout, 1 thread |",
            "| 3.00x | training, 2 workers in process | 9,000 images/s | 3,000 images/s | PyTorch, DistributedDataParallel |",
            "| 1.50x | training, 2 workers in process | 9,000 images/s | 6,000 images/s | ours, 1 worker |",
            "| 1.25x | training, 2 workers on 2 silo processes | 7,500 images/s | 6,000 images/s | ours, 1 worker |",
            "|  | step outside the engine, 2 workers in process | 25.0 % |  |  |",
            "|  | start of the process to its first step | 1.50 s |  |  |",
            "|  | peak memory of a training, 2 workers | 250 MB |  |  |",
        ], rows);
    }

    [Fact]
    public void Of_seconds_and_bytes_fewer_are_better()
    {
        ContenderResult[] all = [.. Report.Contenders, new("PyTorch, 2 threads", 2, IsOurs: false, [new Figures { FirstStepSeconds = 3 }])];

        Assert.Equal(2, ComparisonRows.Of(all).Single(row => row.Unit == "s").Ratio);
    }

    [Fact]
    public void The_file_has_the_machine_and_every_round()
    {
        var json = JsonSerializer.SerializeToElement(Report, ComparisonReport.Json);

        Assert.Equal("A processor", json.GetProperty("machine").GetProperty("processor").GetString());
        var ours = json.GetProperty("contenders")[0];
        Assert.Equal([5000, 6000, 9000],
            ours.GetProperty("rounds").EnumerateArray().Select(round => round.GetProperty("trainImagesPerSecond").GetDouble()));
        Assert.Equal(6000, ours.GetProperty("median").GetProperty("trainImagesPerSecond").GetDouble());
        Assert.Equal(4, json.GetProperty("rows")[0].GetProperty("ratio").GetDouble());
        Assert.Equal("libtorch is left out.", json.GetProperty("missing")[0].GetString());
    }

    private static ContenderResult Ours(string name, int workers, double speed) => new(name, workers, IsOurs: true,
    [
        .. ((double[])[speed - 1000, speed, speed + 3000]).Select(one => new Figures
            { TrainImagesPerSecond = one, FirstStepSeconds = 1.5, PeakBytes = 2.5e8, OutsideEngine = 0.25 }),
    ]);
}
