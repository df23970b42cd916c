namespace MnistDistributed.Model.Storage;

/// <summary>
/// A lock between processes, held as an open file: the operating system releases it when its holder ends, however it ends.
/// </summary>
public static class FileLock
{
    // EAGAIN on Linux, EWOULDBLOCK on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Takes the lock if nobody has it.</summary>
    /// <param name="path">The file; it is made if it is missing.</param>
    /// <returns>Dispose it to release the lock; null if another holds it.</returns>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (HeldByAnother.Contains(e.HResult))
        {
            return null;
        }
    }
}
