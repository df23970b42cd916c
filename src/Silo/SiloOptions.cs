using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
using Serilog.Events;

namespace MnistDistributed.Silo;

/// <summary>How a silo process is set up.</summary>
public sealed record SiloOptions
{
    /// <summary>
    /// The silo's name, which no other silo of the cluster may have: the
    /// names of its workers are made of it. Default: address and silo port.
    /// </summary>
    public string Name { get; init; } = "127.0.0.1-11111";

    /// <summary>Address under which other silos and clients reach this one. Default 127.0.0.1.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>
    /// Whether the silo listens on every interface, of the family of <see cref="Address"/>, where that is not the machine's own. Default:
    /// only on <see cref="Address"/>.
    /// </summary>
    public bool ListenAny { get; init; }

    /// <summary>What was decided when these options were read and is worth a line in the log.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Port for other silos. Default 11111.</summary>
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port for clients. Default 30000.</summary>
    public int GatewayPort { get; init; } = 30000;

    /// <summary>The cluster that the silo joins. Default mnist.</summary>
    public string ClusterId { get; init; } = "mnist";

    /// <summary>The service that the cluster runs; it outlives clusters. Default mnist.</summary>
    public string ServiceId { get; init; } = "mnist";

    /// <summary>How silos find each other. Default: through a primary silo.</summary>
    public Clustering Clustering { get; init; } = Clustering.Localhost;

    /// <summary>The silo that keeps the membership of a localhost cluster; null if it is this one.</summary>
    public IPEndPoint? Primary { get; init; }

    /// <summary>How long a silo that starts waits for whoever keeps the membership: Redis, or the primary. Default 30 s.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the silo's own row in the membership may be gone, dead or stale before it ends. Default 30 s.</summary>
    public TimeSpan Rejoin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The Redis that keeps the membership; null for a localhost cluster.</summary>
    public RedisAddress? Redis { get; init; }

    /// <summary>The mutual TLS of its silo and gateway ports, and of Redis; null for none.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>The most workers that the silo runs. Default: one a core.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How long a silo waits for another's answer to a probe, and between two probes. Default 1 s.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Probes in a row that a silo misses before it is taken for dead. Default 3.</summary>
    public int MissedProbes { get; init; } = 3;

    /// <summary>Address of <c>/health/live</c>, <c>/health/ready</c>, <c>/status</c> and <c>/metrics</c>. Default 127.0.0.1.</summary>
    public IPAddress HttpAddress { get; init; } = IPAddress.Loopback;

    /// <summary>Their port. Default 8080.</summary>
    public int HttpPort { get; init; } = 8080;

    /// <summary>How long the metrics of a run that is over are still exported. Default 60 s.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Folder of the data set; null for MNIST from the cache.</summary>
    public string? Data { get; init; }

    /// <summary>Whether rows and columns of the data set's images change places. Default false.</summary>
    public bool Transpose { get; init; }

    /// <summary>How log lines look. Default: for people.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>The least level that is logged; from debug on, every HTTP request is. Default information.</summary>
    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;

    /// <summary>Where other silos reach this one.</summary>
    public IPEndPoint SiloEndpoint => new(Address, SiloPort);

    /// <summary>Where clients reach this silo.</summary>
    public IPEndPoint GatewayEndpoint => new(Address, GatewayPort);

    /// <summary>The address that the ports for silos and clients are listened on.</summary>
    public IPAddress ListenAddress => !ListenAny ? Address
        : Address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
}
