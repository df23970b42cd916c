using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>What a local cluster is made of.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Silo processes, 1 to <see cref="MaxSilos"/>. Default 3.</summary>
    public int Silos { get; init; } = 3;

    /// <summary>Workers that each silo offers, at most. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>The Redis that keeps the cluster's membership; null if the first silo keeps it.</summary>
    public RedisAddress? Redis { get; init; }

    /// <summary>What the silos speak TLS with; null for none.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>The cluster's id. Default <c>mnist</c>.</summary>
    public string ClusterId { get; init; } = DefaultId;

    /// <summary>The service's id. Default <c>mnist</c>.</summary>
    public string ServiceId { get; init; } = DefaultId;

    /// <summary>Folder of the data set; null for MNIST from the cache.</summary>
    public string? Data { get; init; }

    /// <summary>Whether rows and columns of its images change places. Default false.</summary>
    public bool Transpose { get; init; }

    /// <summary>How long all silos together may take until they are ready. Default 120 s.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long silos may take to end after a start that failed, before they are killed. Default 15 s.</summary>
    public TimeSpan EndWithin { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The first port that is tried for silos. Default 11111.</summary>
    public int FirstSiloPort { get; init; } = 11111;

    /// <summary>The first port that is tried for clients. Default 30000.</summary>
    public int FirstGatewayPort { get; init; } = 30000;

    /// <summary>The first port that is tried for health, metrics and status. Default 8080.</summary>
    public int FirstHttpPort { get; init; } = 8080;

    /// <summary>The most silos that one machine is asked to run.</summary>
    public const int MaxSilos = 64;

    /// <summary>The cluster's and the service's id where nothing else is said, here as in the silo and in training.</summary>
    public const string DefaultId = "mnist";
}
