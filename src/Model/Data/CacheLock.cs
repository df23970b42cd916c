using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Data;

/// <summary>The lock of the cache, which is waited for.</summary>
internal static class CacheLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until the file is ours.</summary>
    /// <param name="path">The file.</param>
    /// <param name="waiting">Called once if another process holds it.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <returns>Dispose it to release the lock.</returns>
    public static async Task<FileStream> AcquireAsync(string path, Action waiting, CancellationToken cancellationToken)
    {
        for (bool told = false; ; told = true)
        {
            if (FileLock.TryTake(path) is { } taken)
                return taken;
            if (!told)
                waiting();
            await Task.Delay(Pause, cancellationToken);
        }
    }
}
