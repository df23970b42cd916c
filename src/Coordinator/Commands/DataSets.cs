using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Model.Data;
using Spectre.Console;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The data set that a command works on.</summary>
public static class DataSets
{
    /// <summary>Loads a folder, or MNIST from the cache, which is filled on first use and shows how far it is.</summary>
    /// <param name="folder">A folder with the four IDX files; null for MNIST.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="DataException">The files are not sound, or cannot be had.</exception>
    public static Task<DataSet> Load(string? folder, CancellationToken cancellationToken) =>
        Load(folder, new MnistSource(), AnsiConsole.Console, cancellationToken);

    /// <inheritdoc cref="Load(string?, CancellationToken)"/>
    /// <param name="folder">A folder with the four IDX files; null for MNIST.</param>
    /// <param name="source">Where MNIST comes from and is kept.</param>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    public static async Task<DataSet> Load(string? folder, MnistSource source, IAnsiConsole console, CancellationToken cancellationToken)
    {
        if (folder is not null)
            return DataFolder.Load(folder, cancellationToken);
        await using var view = new DownloadView(console);
        return await new MnistCache(source).LoadAsync(view, cancellationToken);
    }
}
