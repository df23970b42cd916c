namespace MnistDistributed.Coordinator.Runs;

/// <summary>A run as people name it: by its folder, or by its name in the folder of all runs.</summary>
public static class RunPath
{
    private const string ModelName = "model.safetensors";

    /// <summary>The full path of a run's folder.</summary>
    /// <param name="run">The run.</param>
    /// <param name="parent">The folder with the runs' folders.</param>
    /// <exception cref="InvalidDataException">There is no such run; the message says where it was looked for.</exception>
    public static string Find(string run, string parent) =>
        Look(run, parent) is { } found ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(found))
            : throw new InvalidDataException(
                $"There is no run {run}: no spec.json in {string.Join(" or ", Places(run, parent))}. ./mnist runs lists the runs.");

    /// <summary>A model's file, where a run is as good as its model; what is neither is left as it is.</summary>
    /// <param name="model">The file, or the run.</param>
    /// <param name="parent">The folder with the runs' folders.</param>
    /// <exception cref="InvalidDataException">It is a run that has no model yet.</exception>
    public static string Model(string model, string parent)
    {
        if (File.Exists(model) || Look(model, parent) is not { } run)
            return model;
        string file = Path.Combine(run, ModelName);
        return File.Exists(file) ? file : throw new InvalidDataException(
            $"Run {model} has no model yet: there is no {ModelName} in {run}. A run that has ended, or was stopped, has one.");
    }

    private static string? Look(string run, string parent) => Array.Find(Places(run, parent), RunFolder.IsRun);

    private static string[] Places(string run, string parent) =>
        Path.GetFileName(run) == run ? [run, Path.Combine(parent, run)] : [run];
}
