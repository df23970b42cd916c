using System.Globalization;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>
/// A run's checkpoints: files <c>step-0000001234.safetensors</c> in one folder, of which the last few are kept.
/// One process writes a folder at a time.
/// </summary>
/// <param name="folder">The folder; it is made when the first checkpoint is saved, but the folder above it never is.</param>
public sealed class CheckpointStore(string folder)
{
    /// <summary>How many checkpoints are kept: the newest, and some for the case that the disk damages it.</summary>
    public const int Kept = 3;

    private const string Prefix = "step-";
    private const string Suffix = ".safetensors";

    /// <summary>Writes a checkpoint, whole or not at all, then deletes those that are no longer kept.</summary>
    /// <returns>The file's path.</returns>
    /// <exception cref="IOException">The disk or the folder cannot take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public string Save(Checkpoint checkpoint)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } above && !Directory.Exists(above))
            throw new DirectoryNotFoundException($"{above} is no longer there.");
        string path = Path.Combine(folder, Prefix + checkpoint.State.Step.ToString("D10", CultureInfo.InvariantCulture) + Suffix);
        byte[] bytes = CheckpointFile.ToBytes(checkpoint);
        AtomicFile.Write(path, stream => stream.Write(bytes));
        Prune(checkpoint.State.Step);
        return path;
    }

    /// <summary>Finds the newest checkpoint that is whole, undamaged and of this run.</summary>
    /// <param name="spec">The run's spec.</param>
    public CheckpointSearch LoadNewest(RunSpec spec)
    {
        var skipped = new List<string>();
        foreach (var (step, path) in Files())
        {
            try
            {
                var checkpoint = CheckpointFile.Parse(SafetensorsFile.ReadBytes(path), spec, path);
                if (checkpoint.State.Step == step)
                    return new CheckpointSearch(checkpoint, path, skipped);
                skipped.Add($"{path} is named after step {step}, but holds step {checkpoint.State.Step}; skipped.");
            }
            catch (InvalidDataException e)
            {
                skipped.Add($"{e.Message.TrimEnd('.')}; skipped.");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                skipped.Add($"{path} cannot be read ({OneLine.Of(e.Message).TrimEnd('.')}); skipped.");
            }
        }

        return new CheckpointSearch(null, null, skipped);
    }

    /// <summary>
    /// Keeps the newest up to the one just saved. Later ones are of a future that did not come about: the run went on from
    /// an earlier step because they were damaged. Temporary files are what a killed process left.
    /// </summary>
    private void Prune(int saved)
    {
        var files = Files();
        foreach (var (_, path) in files.Where(file => file.Step > saved).Concat(files.Where(file => file.Step <= saved).Skip(Kept)))
            File.Delete(path);
        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}.*.tmp"))
            File.Delete(path);
    }

    /// <summary>The folder's checkpoints, newest first. Files of other names are not ours.</summary>
    private List<(int Step, string Path)> Files()
    {
        var files = new List<(int Step, string Path)>();
        if (!Directory.Exists(folder))
            return files;

        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}"))
        {
            string digits = Path.GetFileName(path)[Prefix.Length..^Suffix.Length];
            if (digits.Length == 10 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int step))
                files.Add((step, path));
        }

        files.Sort((a, b) => b.Step.CompareTo(a.Step));
        return files;
    }
}
