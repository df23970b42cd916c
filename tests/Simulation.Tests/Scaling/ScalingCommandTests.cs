using System.CommandLine;
using MnistDistributed.Bench;
using MnistDistributed.Bench.Scaling;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Simulation.Tests.Scaling;

public class ScalingCommandTests
{
    private static readonly StepCosts Costs = new(
        new EngineCost(1e-3, 1e-3), new ServerCost(0.25e-3, 0.5e-3, 0.25e-3), new MessageCost(0, 0, 0, 900_177, 900_202, 0, 0));

    [Theory]
    [InlineData("--server-cores 0: give 1 to 1024.", "--server-cores", "0")]
    [InlineData("Unrecognized command or argument '--workers'.", "--workers")]
    public async Task A_wrong_call_is_one_line_and_exit_code_2(string line, params string[] arguments)
    {
        var error = new StringWriter();
        int code = await CommandErrors.RunAsync(
            BenchCommand.Create(), ["bench", "scaling", .. arguments], new InvocationConfiguration { Error = error },
            TestContext.Current.CancellationToken);

        Assert.Equal(2, code);
        string said = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(line, said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tables_are_Markdown_and_as_wide_as_their_heads()
    {
        var tables = new ScalingTables(Costs, new RunSpec());
        var trained = new TrainedRun(
            ImagesPerSecond: 0, LastImagesPerSecond: 0, StepSeconds: 0.020, EngineSeconds: 0.016, Payload: 1_800_272);
        var run = new ComparedRun("in process", 1, 0, trained);
        string comparison = tables.Comparison([run], cores: 2);
        string growth = tables.Growth([(8, 16, 128), (16, 16, 128), (32, 16, 128), (1024, 16, 128)], cores: 8);

        foreach (string table in (string[])[tables.Inputs(), comparison, growth, tables.Best([(16, 128)], cores: 8)])
            Assert.Single(table.TrimEnd('\n').Split('\n').Select(row => row.Count(letter => letter == '|')).Distinct());
        // 0.25 + 16 + 0.25 + 0.5 = 17 ms.
        Assert.Contains("| in process | 1 | 6,400 | 7,529 | 1.18 | 20.0 | 17.0 | 16.0 | 1.8 | 1.8 |", comparison, StringComparison.Ordinal);
        Assert.Equal(4, growth.TrimEnd('\n').Split('\n').Length);
        Assert.Contains("| 16 to 1,024 | 16 | 128 |", growth, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fastest_number_of_workers_is_found()
    {
        // Nothing but gradients counts, so as many as there are slots.
        var free = new StepCosts(new EngineCost(1e-3, 1e-3), new ServerCost(0, 0, 0), new MessageCost(0, 0, 0, 0, 0, 0, 0));

        Assert.EndsWith($"| 16 | 128 |{string.Concat(Enumerable.Repeat(" 16 | 128,000 | 16.0 |", 4))}\n",
            new ScalingTables(free, new RunSpec()).Best([(16, 128)], cores: 8), StringComparison.Ordinal);
    }

    [Fact]
    public void The_server_is_measured_by_what_it_does()
    {
        var cost = new ServerMeasurement(Protocol.Spec).Measure();

        Assert.All((double[])[cost.Add, cost.Optimize, cost.Publish], seconds => Assert.True(seconds > 0, $"{cost}"));
    }
}
