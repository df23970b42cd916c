using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Data;

/// <summary>
/// The search for the four files of a data set: by what their names are like, in a folder and a few levels below, so that what a loader
/// or a site's archive leaves need not be moved or renamed.
/// </summary>
internal static class DataFiles
{
    /// <summary>So many folders deep: torchvision's <c>data/MNIST/raw</c>, and a folder of the file's own name, as Kaggle has it.</summary>
    public const int Levels = 3;

    private const int Shown = 6;

    /// <summary>Finds the files.</summary>
    /// <param name="given">A folder; or, in one that holds several data sets, a path with what the names of one of them begin with, such as
    /// <c>gzip/emnist-letters</c>.</param>
    /// <returns>The paths, in the order of <see cref="MnistFiles.All"/>.</returns>
    /// <exception cref="DataException">The folder is none, or a file is missing, or there are several of a kind.</exception>
    public static string[] Find(string given)
    {
        var (folder, prefix) = FolderOf(given);
        string[] files = Files(folder, prefix, prefix.Length == 0 ? Levels : 0);
        string[][] found = [.. FileRole.All.Select(role => Distinct([.. files.Where(role.Fits)]))];
        for (int i = 0; i < found.Length; i++)
        {
            if (found[i].Length == 0)
                throw Missing(folder, prefix, FileRole.All[i], found, files);
        }

        for (int i = 0; i < found.Length; i++)
        {
            if (found[i].Length > 1)
                throw Several(folder, FileRole.All[i], found[i]);
        }

        return [.. found.Select(paths => paths[0])];
    }

    private static (string Folder, string Prefix) FolderOf(string given)
    {
        if (Directory.Exists(given))
            return (given, "");
        if (File.Exists(given))
            throw NotAFolder(given);
        string parent = Path.GetDirectoryName(given) is { Length: > 0 } path ? path : ".", prefix = Path.GetFileName(given);
        if (prefix.Length > 0 && Directory.Exists(parent) && Files(parent, prefix, levels: 0).Any(IsOne))
            return (parent, prefix);
        string wanted = $"it has to hold the IDX files {string.Join(", ", MnistFiles.All)}, raw or .gz.";
        throw new DataException(given == "~" || given.StartsWith("~/", StringComparison.Ordinal)
            ? $"{given}: no such folder: the shell puts your home folder for '~' only where the word begins with it, outside quotes; "
                + $"give {Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}{given[1..]}."
            : $"{given}: no such folder; {wanted}");

        static bool IsOne(string file) => FileRole.All.Any(role => role.Fits(file));
    }

    private static DataException NotAFolder(string path)
    {
        if (FileRole.All.Any(role => role.Fits(path)))
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return new($"{path}: a file; give the folder that holds it and the other three, {folder}.");
        }

        string wanted = $"a folder with the IDX files {string.Join(", ", MnistFiles.All)} is needed, raw or .gz";
        return new(ForeignFormat.OfFile(path) is { } format
            ? $"{path}: {format.Name}, not a folder; {format.Remedy ?? wanted}."
            : $"{path}: a file, not a folder; {wanted}.");
    }

    private static string[] Files(string folder, string prefix, int levels)
    {
        var below = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = levels, IgnoreInaccessible = true };
        try
        {
            return
            [
                .. Directory.EnumerateFiles(folder, "*", below)
                    .Where(path => Path.GetFileName(path).StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The files of a role without those that hold the same as one before; a raw file before its own .gz beside it.</summary>
    private static string[] Distinct(string[] paths)
    {
        var distinct = new List<string>();
        foreach (string path in paths.Where(path => !(IsGz(path) && paths.Contains(path[..^3]))))
        {
            if (!distinct.Any(other => HoldSame(other, path)))
                distinct.Add(path);
        }

        return [.. distinct];
    }

    private static bool IsGz(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static bool HoldSame(string one, string other)
    {
        try
        {
            using FileStream first = File.OpenRead(one), second = File.OpenRead(other);
            if (!first.CanSeek || !second.CanSeek)
                return false;
            Stream left = IdxReader.Unpacked(first), right = IdxReader.Unpacked(second);
            byte[] ours = new byte[1 << 16], theirs = new byte[ours.Length];
            int read;
            do
            {
                read = left.ReadAtLeast(ours, ours.Length, throwOnEndOfStream: false);
                if (right.ReadAtLeast(theirs, theirs.Length, throwOnEndOfStream: false) != read
                    || !ours.AsSpan(0, read).SequenceEqual(theirs.AsSpan(0, read)))
                    return false;
            }
            while (read > 0);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    private static DataException Missing(string folder, string prefix, FileRole role, string[][] found, string[] files)
    {
        string begins = prefix.Length == 0 ? "" : $" that begin with {prefix}";
        string[] roles = [.. FileRole.All.Zip(found).Where(pair => pair.Second.Length > 0)
            .Select(pair => $"the {pair.First.Noun} {Relative(folder, pair.Second[0])}")];
        string what = roles.Length > 0 ? $"found are {string.Join(", ", roles)}"
            : files.Length > 0 ? $"what is there is {List(folder, files)}"
            : "there are no files at all";
        // Instead of IDX files there may be others that hold the same.
        string? format = roles.Length == 0 && files.Length == 1 && ForeignFormat.OfFile(files[0]) is { } known
            ? $", {known.Name}{(known.Remedy is null ? "" : $": {known.Remedy}")}" : null;
        return new($"{folder}: no file of {role.Noun}{begins}; looked for {role.Name}, also .gz, with '.' for a '-', or with a data set's "
            + $"name in front, here and {Levels} folders deep; {what}{format}.");
    }

    private static DataException Several(string folder, FileRole role, string[] paths)
    {
        string[] folders = [.. paths.Select(path => Path.GetDirectoryName(path)!).Distinct()];
        string[] prefixes = [.. paths.Select(role.PrefixOf).Where(prefix => prefix.Length > 0).Distinct()];
        string give = folders.Length == 1 && prefixes.Length > 1
            ? $"give what the names of one data set begin with, as in {Path.Combine(folders[0], prefixes[0])}"
            : folders.Length > 1 ? "give the folder of one data set alone" : "leave only one of them there";
        return new($"{folder}: {paths.Length} different files of {role.Noun}: {List(folder, paths)}; {give}.");
    }

    private static string List(string folder, string[] paths)
    {
        string list = string.Join(", ", paths.Take(Shown).Select(path => Relative(folder, path)));
        return paths.Length > Shown ? $"{list} and {paths.Length - Shown} more" : list;
    }

    private static string Relative(string folder, string path) => OneLine.Of(Path.GetRelativePath(folder, path));
}
