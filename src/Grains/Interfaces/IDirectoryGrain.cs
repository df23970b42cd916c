using MnistDistributed.Grains.Messages;

namespace MnistDistributed.Grains.Interfaces;

/// <summary>Which runs want workers, and how many each silo should have. One grain, with the key <see cref="Key"/>.</summary>
public interface IDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The only key.</summary>
    const string Key = "runs";

    /// <summary>A run wants workers. Renewed by its coordinator; a run that is not renewed for 30 s is dropped.</summary>
    /// <param name="run">The run.</param>
    /// <param name="workers">How many workers, over all silos.</param>
    /// <param name="minimumSilos">Silos that must be there before any worker is asked for.</param>
    Task Register(string run, int workers, int minimumSilos);

    /// <summary>A run is over.</summary>
    Task Remove(string run);

    /// <summary>A silo reports that it lives and asks for its share; held for 1 s at most while nothing differs from <paramref name="seenVersion"/>.</summary>
    Task<SiloDemand> Report(string silo, long seenVersion);

    /// <summary>A silo shuts down.</summary>
    Task Leave(string silo);
}
