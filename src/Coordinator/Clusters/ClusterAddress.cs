using System.Net;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>Where a running cluster is.</summary>
public sealed record ClusterAddress
{
    /// <summary>As the user gave it, for messages.</summary>
    public required string Shown { get; init; }

    /// <summary>Gateways of silos; empty where Redis knows them.</summary>
    public IReadOnlyList<IPEndPoint> Gateways { get; init; } = [];

    /// <summary>The Redis that holds the cluster's membership; null where gateways are given.</summary>
    public RedisAddress? Redis { get; init; }

    /// <summary>The coordinator's part in the cluster's TLS; null where it has none.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>Why the last connection to a silo of it came to nothing.</summary>
    public ConnectionProblem Problem { get; } = new();

    /// <summary>The cluster. Default mnist.</summary>
    public string ClusterId { get; init; } = "mnist";

    /// <summary>The service that it runs. Default mnist.</summary>
    public string ServiceId { get; init; } = "mnist";
}
