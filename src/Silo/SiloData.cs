using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Silo;

/// <summary>The silo's data set, from its own disk or cache; loaded once, on first use.</summary>
/// <param name="folder">The folder; null for MNIST from the cache, fetched as <c>mnist data</c> does where it is empty.</param>
/// <param name="transpose">Whether rows and columns of its images change places.</param>
public sealed class SiloData(string? folder, bool transpose) : IDataSetSource
{
    private readonly Lock _lock = new();
    private Task<DataSet>? _data;

    /// <summary>Whether it is in memory.</summary>
    public bool IsLoaded => _data?.IsCompletedSuccessfully == true;

    /// <summary>Its digest; null while it is not in memory.</summary>
    public string? Digest => _data is { IsCompletedSuccessfully: true } data ? data.Result.Digest : null;

    /// <summary>Why it could not be loaded; null if nothing went wrong of late.</summary>
    public string? Problem => _data is { IsFaulted: true } data ? data.Exception.InnerException!.Message : null;

    /// <inheritdoc/>
    public Task<DataSet> Get(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // A load that failed is tried again by the next one who asks.
            if (_data is null or { IsFaulted: true } or { IsCanceled: true })
                _data = folder is null ? new MnistCache(new MnistSource()).LoadAsync(null, CancellationToken.None)
                    : Task.Run(() => DataFolder.Load(folder, transpose, CancellationToken.None), CancellationToken.None);
            return _data.WaitAsync(cancellationToken);
        }
    }
}
