using System.Diagnostics;
using System.Text.Json;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary>What a run of <c>mnist train</c> measured of itself.</summary>
/// <param name="StepSeconds">Seconds of a step, over its last epoch.</param>
/// <param name="EngineSeconds">Seconds of these that a worker spends on gradients, over all epochs.</param>
/// <param name="Payload">Bytes of weights and gradients of a step.</param>
public sealed record TrainedRun(double StepSeconds, double EngineSeconds, double Payload)
{
    /// <summary>Trains in a process of its own.</summary>
    /// <param name="options">What is trained, and on what.</param>
    /// <param name="steps">Steps of an epoch.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RunFailedException">It failed.</exception>
    public static async Task<TrainedRun> Train(IEnumerable<string> options, int steps, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-bench-").FullName;
        try
        {
            string program = Path.Combine(AppContext.BaseDirectory, "MnistDistributed.Coordinator.dll");
            var start = new ProcessStartInfo(SiloProgram.DotNet, [program, "train", "--no-http", "--out", folder, .. options])
                { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            await output;
            if (process.ExitCode != 0)
                throw new RunFailedException($"A run that was measured ended with exit code {process.ExitCode}: {(await error).Trim()}");
            return Read(Path.Combine(Directory.GetDirectories(folder).Single(), "metrics.json"), steps);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TrainedRun Read(string file, int steps)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        var runtime = json.RootElement.GetProperty("runtime");
        // In the first epoch programs are still compiled.
        double seconds = json.RootElement.GetProperty("epochs").EnumerateArray().Last().GetProperty("seconds").GetDouble();
        return new TrainedRun(seconds / steps, runtime.GetProperty("engineMillisecondsPerStep").GetDouble() / 1000,
            runtime.GetProperty("bytesPerStep").GetDouble());
    }
}
