using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using Orleans.Concurrency;

namespace MnistDistributed.Grains;

/// <summary>Gives the <see cref="RunDirectory"/> its place in the cluster. Reentrant, so that silos can wait for news while others report.</summary>
[Reentrant]
public sealed class DirectoryGrain(TimeProvider time) : Grain, IDirectoryGrain
{
    private readonly RunDirectory _directory = new(time);

    /// <inheritdoc/>
    public Task<SiloOffer[]> Silos() => _directory.Silos();

    /// <inheritdoc/>
    public Task Register(string run, int workers, int silos) => _directory.Register(run, workers, silos);

    /// <inheritdoc/>
    public Task Remove(string run) => _directory.Remove(run);

    /// <inheritdoc/>
    public Task<SiloDemand> Report(string silo, int capacity, long seenVersion) => _directory.Report(silo, capacity, seenVersion);

    /// <inheritdoc/>
    public Task Leave(string silo) => _directory.Leave(silo);
}
