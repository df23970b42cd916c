namespace MnistDistributed.Grains.Directory;

/// <summary>Which runs want workers, and how many each silo should have. One grain, with the key <see cref="Key"/>.</summary>
public interface IDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The only key.</summary>
    const string Key = "runs";

    /// <summary>The silos that report, in the order of their names.</summary>
    Task<SiloOffer[]> Silos();

    /// <summary>A run wants workers. Renewed by its coordinator; a run that is not renewed for 30 s is dropped.</summary>
    /// <param name="run">The run.</param>
    /// <param name="workers">How many workers, over all silos.</param>
    /// <param name="silos">Silos that the coordinator has seen: so many, or 2 s of
    /// the directory's life, are waited for before the workers are divided.</param>
    /// <returns>What the cluster has now.</returns>
    Task<ClusterOffer> Register(string run, int workers, int silos);

    /// <summary>A run is over.</summary>
    Task Remove(string run);

    /// <summary>
    /// A silo reports that it lives and asks for its share; held for 1 s at most while nothing differs from <paramref name="seenVersion"/>.
    /// </summary>
    /// <param name="silo">The silo's name.</param>
    /// <param name="capacity">The most workers that it runs.</param>
    /// <param name="seenVersion">Version of the demand that it knows; 0 for none.</param>
    Task<SiloDemand> Report(string silo, int capacity, long seenVersion);

    /// <summary>A silo shuts down.</summary>
    Task Leave(string silo);
}
