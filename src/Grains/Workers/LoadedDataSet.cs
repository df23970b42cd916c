using MnistDistributed.Model.Data;

namespace MnistDistributed.Grains.Workers;

/// <summary>A data set that is in memory already.</summary>
/// <param name="data">The data set.</param>
public sealed class LoadedDataSet(DataSet data) : IDataSetSource
{
    /// <inheritdoc/>
    public Task<DataSet> Get(CancellationToken cancellationToken) => Task.FromResult(data);
}
