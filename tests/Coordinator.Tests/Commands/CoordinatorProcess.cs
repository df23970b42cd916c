using System.Diagnostics;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>The program in a process of its own.</summary>
public static class CoordinatorProcess
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="killAt">It is killed when it has printed this.</param>
    /// <param name="limit">KiB that each file which it writes may have; any number if null.</param>
    public static async Task<(int Code, string Output, string Error)> Run(string folder, string[] arguments, string? killAt = null, int? limit = null)
    {
        string dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        string[] program = [dotnet, typeof(TrainCommand).Assembly.Location, .. arguments];
        if (limit is not null)
            program = ["bash", "-c", $"trap '' XFSZ; ulimit -f {limit}; exec \"$@\"", "bash", .. program];
        var start = new ProcessStartInfo(program[0], program[1..]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // .NET itself would need a larger file for it.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        string[] texts = await Task.WhenAll(Read(process.StandardOutput), Read(process.StandardError));
        await process.WaitForExitAsync();
        return (process.ExitCode, texts[0], texts[1]);

        async Task<string> Read(StreamReader reader)
        {
            var lines = new List<string>();
            while (await reader.ReadLineAsync() is { } line)
            {
                lines.Add(line);
                if (killAt is not null && line.Contains(killAt, StringComparison.Ordinal))
                    process.Kill();
            }

            return string.Join('\n', lines);
        }
    }
}
