namespace MnistDistributed.Grains.Hosting;

/// <summary>Times that silos and clients of a cluster of processes agree on.</summary>
public static class ClusterTimes
{
    /// <summary>How long a call may take. The longest that is held on purpose takes 2 s.</summary>
    public static TimeSpan Response { get; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a coordinator's call may take. A silo notices within seconds that the one it called is dead, a client does not: its call
    /// just gets no answer. Each of its calls can be made again.
    /// </summary>
    public static TimeSpan ClientResponse { get; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a coordinator may call through a silo that the others hold for dead, and that does not refuse.</summary>
    public static TimeSpan GatewayRefresh { get; } = TimeSpan.FromMilliseconds(500);
}
