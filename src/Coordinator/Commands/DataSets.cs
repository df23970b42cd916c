using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The data set that a command works on.</summary>
public static class DataSets
{
    /// <summary>Loads a folder, or MNIST from the cache, which is filled on first use and shows how far it is.</summary>
    /// <param name="folder">A folder with the four IDX files; null for MNIST.</param>
    /// <param name="transpose">Whether rows and columns of the folder's images change places.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="UsageException">MNIST would be transposed.</exception>
    /// <exception cref="DataException">The files are not sound, or cannot be had.</exception>
    public static Task<DataSet> Load(string? folder, bool transpose, CancellationToken cancellationToken) =>
        Load(folder, transpose, new MnistSource(), AnsiConsole.Console, cancellationToken);

    /// <inheritdoc cref="Load(string?, bool, CancellationToken)"/>
    public static Task<DataSet> Load(string? folder, CancellationToken cancellationToken) =>
        Load(folder, transpose: false, cancellationToken);

    /// <inheritdoc cref="Load(string?, bool, CancellationToken)"/>
    /// <param name="folder">A folder with the four IDX files; null for MNIST.</param>
    /// <param name="transpose">Whether rows and columns of the folder's images change places.</param>
    /// <param name="source">Where MNIST comes from and is kept.</param>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    public static async Task<DataSet> Load(
        string? folder, bool transpose, MnistSource source, IAnsiConsole console, CancellationToken cancellationToken)
    {
        if (folder is not null)
            return DataFolder.Load(folder, transpose, cancellationToken);
        if (transpose)
            throw new UsageException("--transpose is for the images of --data: MNIST's stand upright.");
        await using var view = new DownloadView(console);
        return await new MnistCache(source).LoadAsync(view, cancellationToken);
    }
}
