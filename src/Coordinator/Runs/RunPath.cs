using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>A run as people name it: by its folder, or by its name in the folder of all runs.</summary>
public static class RunPath
{
    /// <summary>The full path of a run's folder.</summary>
    /// <param name="run">The run.</param>
    /// <param name="parent">The folder with the runs' folders.</param>
    /// <exception cref="InvalidDataException">There is no such run; the message says where it was looked for.</exception>
    public static string Find(string run, string parent) =>
        Array.Find(Places(run, parent), RunFolder.IsRun) is { } found ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(found))
            : throw new InvalidDataException(
                $"There is no run {run}: no spec.json in {string.Join(" or ", Places(run, parent))}. ./mnist runs lists the runs.");

    /// <summary>A model's file: a run, or any other folder, is as good as the model in it.</summary>
    /// <param name="model">The file, or the run.</param>
    /// <param name="parent">The folder with the runs' folders.</param>
    /// <exception cref="InvalidDataException">It is a folder without a model.</exception>
    /// <exception cref="FileNotFoundException">There is nothing of that name.</exception>
    public static string Model(string model, string parent)
    {
        if (File.Exists(model))
            return model;
        string[] places = Places(model, parent);
        if ((Array.Find(places, RunFolder.IsRun) ?? Array.Find(places, Directory.Exists)) is not { } folder)
        {
            throw new FileNotFoundException(
                $"{model}: there is no such file, and no run: no folder {string.Join(" or ", places)}.", model);
        }

        string file = Path.Combine(folder, ModelFile.Name);
        return File.Exists(file) ? file : throw new InvalidDataException(RunFolder.IsRun(folder)
            ? $"{folder}: the run has no {ModelFile.Name} yet; it is written when the run is done, or stopped."
            : $"{folder}: a folder without a {ModelFile.Name}; give a model, or the folder of a run that is done.");
    }

    private static string[] Places(string run, string parent) =>
        Path.GetFileName(run) == run ? [run, Path.Combine(parent, run)] : [run];
}
