namespace MnistDistributed.Model.Storage;

/// <summary>Files that are there whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>
    /// Writes a file under another name in the same folder, flushes it to the disk, and only then gives it its name, in place of any
    /// file that had it. Makes the folder if it is missing. A process that is killed on the way leaves a <c>.tmp</c> file and the old file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content. If it throws, nothing has changed.</param>
    /// <exception cref="IOException">The disk or the folder cannot take the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string temporary = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
