using System.Text.Json.Serialization;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>A silo process that <c>cluster up</c> started.</summary>
public sealed record SiloRecord
{
    /// <summary>Its name in the cluster, such as <c>silo-1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The process.</summary>
    public required int Pid { get; init; }

    /// <summary>
    /// When that process started, as <see cref="ProcessTable.StartOf"/> tells it: a process of another start has another one's number.
    /// </summary>
    public required string Started { get; init; }

    /// <summary>Port for other silos.</summary>
    public required int SiloPort { get; init; }

    /// <summary>Port for clients.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>Port of health, metrics and status.</summary>
    public required int HttpPort { get; init; }

    /// <summary>Its log, a file in the cluster's folder.</summary>
    public required string Log { get; init; }

    /// <summary>Whether the very process that was started still runs.</summary>
    [JsonIgnore]
    public bool IsRunning => ProcessTable.StartOf(Pid) == Started;
}
