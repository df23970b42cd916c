using MnistDistributed.Coordinator.Tests.Clusters;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>What lies in the folder that a command runs in, or is set for other programs, is nothing to it.</summary>
[Collection(nameof(FakeSilos))]
public sealed class SurroundingsTests : IDisposable
{
    private readonly TemporaryFolder _clean = new(), _hostile = new();

    public static TheoryData<string> Commands => new(CommandLine.All.Where(command => command is not ("serve" or "cluster up")));

    public void Dispose()
    {
        _clean.Dispose();
        _hostile.Dispose();
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task A_command_says_the_same_in_any_surroundings(string command)
    {
        string[] arguments = command switch
        {
            // Of the cache of all commands this is no test.
            "train" or "data" => [command, "--data", "nowhere"],
            // At the default address somebody else's training may be just then.
            "health" => [command, "--http", $"127.0.0.1:{Ports.Free()}"],
            _ => command.Split(' '),
        };
        Assert.Equal(await Run(_clean.Path, arguments, null), await Run(_hostile.Path, arguments, Hostile));
    }

    [Fact]
    public async Task Runs_are_served_where_the_command_line_says()
    {
        Needs.Unix();
        int port = Ports.Free();
        await using var serve = Programs.Coordinator(_hostile.Path, ["serve", "--http", $"127.0.0.1:{port}"], Hostile);
        Assert.EndsWith($"http://127.0.0.1:{port}/", await serve.Line("Runs of runs: "), StringComparison.Ordinal);
        serve.Signal("TERM");
        Assert.Equal(0, await serve.End());
        Assert.Single(serve.Output);
        Assert.Empty(serve.Error);
    }

    private Dictionary<string, string> Hostile => Surroundings.Make(_hostile.Path, Ports.Free());

    private static async Task<(int Code, string Output, string Error)> Run(
        string folder, string[] arguments, Dictionary<string, string>? environment)
    {
        await using var program = Programs.Coordinator(folder, arguments, environment);
        return await program.Result();
    }
}
