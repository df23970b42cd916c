using MnistDistributed.Model.Data;

namespace MnistDistributed.Grains.Workers;

/// <summary>The data set of a silo. Its bytes are in memory once, shared by the silo's workers.</summary>
public interface IDataSetSource
{
    /// <summary>The data set, loaded on first use.</summary>
    /// <exception cref="DataException">It cannot be read.</exception>
    Task<DataSet> Get(CancellationToken cancellationToken);
}
