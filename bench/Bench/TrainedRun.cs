using System.Text.Json;
using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Bench;

/// <summary>What a run of <c>mnist train</c> measured of itself.</summary>
/// <param name="ImagesPerSecond">Its training speed, over all epochs.</param>
/// <param name="LastImagesPerSecond">Its training speed over the last epoch: in the first, programs are still compiled.</param>
/// <param name="StepSeconds">Seconds of a step, over its last epoch.</param>
/// <param name="EngineSeconds">Seconds of a step that a worker spends on gradients, over all epochs.</param>
/// <param name="Payload">Bytes of weights and gradients of a step.</param>
public sealed record TrainedRun(
    double ImagesPerSecond, double LastImagesPerSecond, double StepSeconds, double EngineSeconds, double Payload)
{
    /// <summary>Trains in a process of its own.</summary>
    /// <param name="options">What is trained, and on what.</param>
    /// <param name="environment">Variables that the process has besides this one's.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="RunFailedException">It failed.</exception>
    public static async Task<(TrainedRun Run, ChildProcess Process)> Train(
        IEnumerable<string> options, IReadOnlyDictionary<string, string> environment, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-bench-").FullName;
        try
        {
            var start = ChildProcess.OfOurs("Coordinator", ["train", "--out", folder, .. options]);
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            var process = await ChildProcess.Run(start, stop);
            return (Read(Directory.GetDirectories(folder).Single()), process);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads the <c>metrics.json</c> of a run that is done.</summary>
    /// <param name="folder">Its folder.</param>
    public static TrainedRun Read(string folder)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "metrics.json")));
        var (run, spec, runtime) = (json.RootElement, json.RootElement.GetProperty("spec"), json.RootElement.GetProperty("runtime"));
        var epochs = run.GetProperty("epochs");
        double seconds = Number(epochs[epochs.GetArrayLength() - 1], "seconds");
        double images = Number(spec, "trainingImages") - Number(spec, "validation");
        return new TrainedRun(
            Number(run, "trainImagesPerSecond"), images / seconds, seconds * epochs.GetArrayLength() / Number(run, "totalSteps"),
            Number(runtime, "engineMillisecondsPerStep") / 1000, Number(runtime, "bytesPerStep"));
    }

    private static double Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
}
