using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>A folder in which <c>mnist cluster</c> runs as a person runs it, and after which no silo is left.</summary>
public sealed partial class ClusterSandbox : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mnist cluster ").FullName;

    /// <summary>The cluster's folder.</summary>
    public ClusterFolder Folder => new(InHome("cluster"));

    /// <summary>The numbers of the fake silos that ran, by their logs.</summary>
    public IReadOnlyList<int> Pids => !Directory.Exists(Folder.Path) ? [] :
        [.. Directory.GetFiles(Folder.Path, "*.log").SelectMany(log => FakeSilo().Matches(File.ReadAllText(log))).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    /// <summary>A path in the folder that the program runs in.</summary>
    public string InHome(string name) => Path.Combine(_home, name);

    /// <summary>What a silo was started with, as the fake one says it.</summary>
    public string ArgumentsOf(string silo) => File.ReadAllText(Folder.Log($"{silo}.log")).Split('\n')[0];

    /// <summary>Runs the program to its end.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="conduct">How the fake silos behave.</param>
    /// <param name="onLine">Is told of each line on standard output, and of the process.</param>
    public async Task<(int Code, string Output, string Error)> Run(string[] arguments, string conduct = "", Action<Process, string>? onLine = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [typeof(ClusterCommand).Assembly.Location, .. arguments])
        {
            WorkingDirectory = _home,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FAKE_SILO"] = conduct;
        // What a silo of another cluster may have been set up with must not reach these.
        start.Environment["MNIST_REDIS"] = "127.0.0.1:1";
        start.Environment["MNIST_PRIMARY"] = "127.0.0.1:1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            output.Add(line);
            onLine?.Invoke(process, line);
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, string.Join('\n', output), await error);
    }

    /// <summary>Sends a signal and waits until it is sent.</summary>
    public static void Signal(string name, int pid) => Process.Start("kill", [$"-{name}", $"{pid}"]).WaitForExit();

    public void Dispose()
    {
        foreach (int pid in Pids)
            ProcessTable.Kill(pid);
        Directory.Delete(_home, recursive: true);
    }

    [GeneratedRegex(@"^silo-\d+ is process (\d+):", RegexOptions.Multiline)]
    private static partial Regex FakeSilo();
}
