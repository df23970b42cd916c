namespace MnistDistributed.Silo;

/// <summary>Makes a silo part of a cluster of processes. What it needs exists only with Orleans itself, and so is in a file that is compiled only there.</summary>
public static partial class SiloClustering
{
    /// <summary>Sets the silo's addresses, its cluster, how it finds the others and how it notices that one is dead.</summary>
    public static void UseClustering(this ISiloBuilder silo, SiloOptions options) => Configure(silo, options);

    /// <summary>Waits until whoever keeps the cluster's membership answers: Redis, or the primary silo.</summary>
    /// <exception cref="IOException">It does not.</exception>
    /// <exception cref="UsageException">What was given for Redis is no address of it.</exception>
    public static Task WaitForMembership(SiloOptions options, CancellationToken cancellationToken)
    {
        Task? waiting = null;
        Wait(options, ref waiting, cancellationToken);
        return waiting ?? Task.CompletedTask;
    }

    static partial void Configure(ISiloBuilder silo, SiloOptions options);

    static partial void Wait(SiloOptions options, ref Task? waiting, CancellationToken cancellationToken);
}
