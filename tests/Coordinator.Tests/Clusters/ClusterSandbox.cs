using System.Globalization;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Clusters;

namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>A folder in which <c>mnist cluster</c> runs as a person runs it, and after which no silo is left.</summary>
public sealed partial class ClusterSandbox : IDisposable
{
    private readonly TemporaryFolder _home = new("mnist cluster ");

    /// <summary>The cluster's folder.</summary>
    public ClusterFolder Folder => new(InHome("cluster"));

    /// <summary>The numbers of the fake silos that ran, by their logs.</summary>
    public IReadOnlyList<int> Pids => !Directory.Exists(Folder.Path) ? [] :
        [.. Directory.GetFiles(Folder.Path, "*.log").SelectMany(log => FakeSilo().Matches(File.ReadAllText(log))).Select(match =>
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>A path in the folder that the program runs in.</summary>
    public string InHome(string name) => _home.File(name);

    /// <summary>What a silo was started with, as the fake one says it.</summary>
    public string ArgumentsOf(string silo) => File.ReadAllText(Folder.Log($"{silo}.log")).Split('\n')[0];

    /// <summary>Starts the program.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="conduct">How the fake silos behave.</param>
    /// <param name="redis">The Redis of the environment; null for none.</param>
    public ProgramProcess Start(string[] arguments, string conduct = "", string? redis = null)
    {
        var environment = new Dictionary<string, string> { ["FAKE_SILO"] = conduct };
        // What a silo of another cluster may have been set up with must not reach these.
        if (arguments is not ["train", ..])
            (environment["MNIST_PRIMARY"], environment["MNIST_TLS_CERT"]) = ("127.0.0.1:1", "nowhere");
        if (redis is not null)
            environment["MNIST_REDIS"] = redis;
        return Programs.Coordinator(_home.Path, arguments, environment);
    }

    /// <summary>Runs the program to its end.</summary>
    public async Task<(int Code, string Output, string Error)> Run(string[] arguments, string conduct = "")
    {
        await using var program = Start(arguments, conduct);
        return await program.Result();
    }

    public void Dispose()
    {
        foreach (int pid in Pids)
            ProcessTable.Kill(pid);
        _home.Dispose();
    }

    [GeneratedRegex(@"^silo-\d+ is process (\d+):", RegexOptions.Multiline)]
    private static partial Regex FakeSilo();
}
