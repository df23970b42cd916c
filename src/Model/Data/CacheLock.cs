namespace MnistDistributed.Model.Data;

/// <summary>A lock between processes, held as an open file: the operating system releases it when its holder dies.</summary>
internal static class CacheLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // EAGAIN on Linux, EWOULDBLOCK on macOS, ERROR_SHARING_VIOLATION on Windows.
    private static readonly int[] HeldByAnother = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Waits until the file is ours.</summary>
    /// <param name="path">The file.</param>
    /// <param name="waiting">Called once if another process holds it.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>Dispose it to release the lock.</returns>
    public static async Task<FileStream> AcquireAsync(string path, Action waiting, CancellationToken cancellationToken)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (HeldByAnother.Contains(error.HResult))
            {
                if (!told)
                    waiting();
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }
}
