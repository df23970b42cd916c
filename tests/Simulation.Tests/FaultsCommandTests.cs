using System.CommandLine;
using System.Text.Json;
using MnistDistributed.Bench;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Simulation.Tests;

public class FaultsCommandTests
{
    [Theory]
    [InlineData("Unrecognized command or argument '--speed'.", "--speed")]
    [InlineData("Cannot parse argument 'many'", "--plans", "many")]
    [InlineData("--plans is 1 or more.", "--plans", "0")]
    [InlineData("--epochs is 1 or more, and goes with --mnist.", "--epochs", "2")]
    [InlineData("--plan is one plan with a seed of its own", "--plan", "push 3 drop", "--seed", "1")]
    [InlineData("--trace is of a single plan", "--trace", "t.txt")]
    [InlineData("'push 3' is no fault", "--plan", "push 3")]
    [InlineData("--plan is empty; give a plan.", "--plan", "")]
    public async Task A_wrong_call_is_one_line_and_exit_code_2(string line, params string[] arguments)
    {
        var (code, error) = await Run(arguments);

        Assert.Equal(2, code);
        Assert.StartsWith(line, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_leaves_its_figures_and_its_trace()
    {
        using var folder = new TemporaryFolder();
        var (code, _) =
            await Run("--plan", "push 20 kill-silo 0 5s; push 4000 drop", "--json", folder.File("f.json"), "--trace", folder.File("t.txt"));

        Assert.Equal(0, code);
        var figures = JsonSerializer.Deserialize<FaultFigures>(File.ReadAllText(folder.File("f.json")), FaultFigures.Json)!;
        Assert.Equal((1, 0, 0, 0), (figures.Plans, figures.Differing, figures.SamplesLost, figures.SamplesDoubled));
        Assert.Equal([("kill-silo", 1, 1), ("drop", 1, 0)], figures.Kinds.Select(kind => (kind.Kind, kind.Planned, kind.Struck)));
        Assert.Contains(File.ReadLines(folder.File("t.txt")), line => line.EndsWith(" * push 20 kill-silo 0 5s", StringComparison.Ordinal));
        Assert.Contains("| kill-silo | 1 | 1 |", FaultTable.Of(figures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_does_not_end_as_it_should_is_exit_code_1() => Assert.Equal(
        1, (await Run("--plan", "silos 1; workers 1; push 20 not-a-number; push 21 not-a-number; push 22 not-a-number")).Code);

    private static async Task<(int Code, string Error)> Run(params string[] arguments)
    {
        var error = new StringWriter();
        int code = await CommandErrors.RunAsync(BenchCommand.Create(), ["bench", "faults", .. arguments], new InvocationConfiguration
            { Error = error });
        return (code, error.ToString());
    }
}
