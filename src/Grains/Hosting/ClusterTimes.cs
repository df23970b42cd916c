namespace MnistDistributed.Grains.Hosting;

/// <summary>Times that silos and clients of a cluster of processes agree on.</summary>
public static class ClusterTimes
{
    /// <summary>How long a call may take. The longest that is held on purpose takes 2 s.</summary>
    public static TimeSpan Response { get; } = TimeSpan.FromSeconds(10);
}
