namespace MnistDistributed.Model.Storage;

/// <summary>Files that are there whole or not at all.</summary>
public static class AtomicFile
{
    // As Linux has it.
    private const int MaxLinks = 40;

    /// <summary>
    /// Writes a file under another name in the same folder, flushes it to the disk, and only then gives it its name, in place of any
    /// file that had it. Makes the folder if it is missing. A process that is killed on the way leaves a <c>.tmp</c> file and the old file.
    /// A link stays, and what it leads to is replaced. A device or a pipe takes the content as it comes.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. If it throws, nothing has changed.</param>
    /// <exception cref="IOException">The disk or the folder cannot take the file; the message names it and says why.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written; the message names it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        string target = FinalTarget(full);
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            Write(full, target, temporary, write);
        }
        catch (IOException e)
        {
            throw new IOException(Unwritten(path, target, temporary, e), e);
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "value")
        {
            // How .NET reports EFBIG, for a write beyond what the file system or the process's limit allows.
            throw new IOException(
                $"{path} cannot be written: the file is too large for the file system, or for the limit of this process.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UnauthorizedAccessException(Unwritten(path, target, temporary, e), e);
        }
    }

    // The file that could not be written is one that nobody knows of; its name goes, and the reason stays.
    private static string Unwritten(string path, string target, string temporary, Exception e)
    {
        string reason = e.Message;
        foreach (string name in (string[])[temporary, target])
            reason = reason.Replace($" : '{name}'", "", StringComparison.Ordinal).Replace($" '{name}'", "", StringComparison.Ordinal);
        return $"{path} cannot be written: {reason.TrimEnd('.')}.";
    }

    private static void Write(string full, string target, string temporary, Action<Stream> write)
    {
        using (FileStream? device = OpenDevice(full, target))
        {
            if (device is not null)
            {
                write(device);
                return;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            DeleteIfPossible(temporary);
            throw;
        }
    }

    private static void DeleteIfPossible(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why the file could not be written says more.
        }
    }

    // FileSystemInfo.ResolveLinkTarget knows no link to a file that is yet to be made.
    private static string FinalTarget(string full)
    {
        string path = full;
        for (int links = 0; new FileInfo(path).LinkTarget is { } target; links++)
        {
            if (links == MaxLinks)
                throw new IOException($"{full}: more than {MaxLinks} symbolic links lead on from it.");
            path = Path.GetFullPath(target, Path.GetDirectoryName(path)!);
        }

        return path;
    }

    // .NET does not tell what kind of file it is. Devices and pipes have no length; a device lies in /dev, and a pipe cannot seek.
    private static FileStream? OpenDevice(string full, string target)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(full))
            return null;
        // Devices, and names of what is open already, such as /dev/stdout: it goes on at its end.
        if (Path.GetDirectoryName(full) is "/dev" or "/dev/fd" or "/proc/self/fd")
            return new FileStream(full, FileMode.Append, FileAccess.Write);
        if (!File.Exists(target) || new FileInfo(target).Length > 0)
            return null;
        var stream = new FileStream(target, FileMode.Open, FileAccess.Write);
        if (!stream.CanSeek || target.StartsWith("/dev/", StringComparison.Ordinal))
            return stream;
        stream.Dispose();
        return null;
    }
}
