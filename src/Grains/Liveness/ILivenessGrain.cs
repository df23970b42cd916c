namespace MnistDistributed.Grains.Liveness;

/// <summary>
/// Who says whether a silo is dead: any other silo. A client's call of a grain goes through the silo that its key falls to, and is answered
/// there; so that one that is silent itself is passed over, each question goes to another key.
/// </summary>
public interface ILivenessGrain : IGrainWithStringKey
{
    /// <summary>
    /// Whether the cluster holds a silo for dead. One whose process is found to be gone is declared dead at once; one that only does not
    /// answer is not, however long it takes: that is for the silos' probes to find out. Held for 500 ms at most while it is not dead.
    /// </summary>
    Task<bool> IsDead(SiloAddress silo);
}
