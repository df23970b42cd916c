namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>A test that starts silo processes, where there are signals.</summary>
public sealed class ClusterFactAttribute : FactAttribute
{
    public ClusterFactAttribute() => Skip = Reason;

    /// <summary>Why there can be no silo processes; null where there can.</summary>
    public static string? Reason => OperatingSystem.IsWindows() ? "needs signals" : null;
}
