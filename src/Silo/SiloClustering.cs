namespace MnistDistributed.Silo;

/// <summary>Makes a silo part of a cluster of processes. What it needs exists only with Orleans itself, and so is in a file that is compiled only there.</summary>
public static partial class SiloClustering
{
    /// <summary>Sets the silo's addresses, its cluster, how it finds the others and how it notices that one is dead.</summary>
    public static void UseClustering(this ISiloBuilder silo, SiloOptions options) => Configure(silo, options);

    static partial void Configure(ISiloBuilder silo, SiloOptions options);
}
