using System.Net;

namespace MnistDistributed.Silo;

/// <summary>How a silo process is set up.</summary>
public sealed record SiloOptions
{
    /// <summary>Port for other silos. Default 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port for clients. Default 30000.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The silo that keeps the cluster's membership; null if it is this one.</summary>
    public IPEndPoint? Primary { get; init; }

    /// <summary>Port of <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>, on the loopback address. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>Folder of the data set; null for MNIST from the cache.</summary>
    public string? Data { get; init; }
}
