using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The data set that a command works on.</summary>
public static class DataSets
{
    /// <summary>Loads a folder, or MNIST from the cache.</summary>
    public static async Task<DataSet> Load(string? folder, CancellationToken cancellationToken) =>
        folder is null ? await new MnistCache(new MnistSource()).LoadAsync(null, cancellationToken) : DataFolder.Load(folder, cancellationToken);
}
