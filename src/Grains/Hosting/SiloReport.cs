using System.Text.Json;

namespace MnistDistributed.Grains.Hosting;

/// <summary>What a silo process says of itself, as JSON under <c>/status</c>.</summary>
public sealed record SiloReport
{
    /// <summary>How it is written.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The silo's name in the cluster.</summary>
    public required string Name { get; init; }

    /// <summary>The process.</summary>
    public required int Pid { get; init; }

    /// <summary>Whether it takes part.</summary>
    public required SiloState State { get; init; }

    /// <summary>Why it does not take part; null if nothing is wrong.</summary>
    public required string? Problem { get; init; }

    /// <summary>How silos find each other: localhost, redis or kubernetes.</summary>
    public required string Clustering { get; init; }

    /// <summary>The cluster.</summary>
    public required string ClusterId { get; init; }

    /// <summary>Where other silos reach it, such as <c>127.0.0.1:11111</c>.</summary>
    public required string SiloAddress { get; init; }

    /// <summary>Where clients reach it, such as <c>127.0.0.1:30000</c>.</summary>
    public required string GatewayAddress { get; init; }

    /// <summary>Workers that it offers, at most.</summary>
    public required int Capacity { get; init; }

    /// <summary>Its workers, each <c>run/silo/index</c>.</summary>
    public required IReadOnlyList<string> Workers { get; init; }

    /// <summary>Runs whose parameter server it holds.</summary>
    public required IReadOnlyList<string> ParameterServers { get; init; }

    /// <summary>Processor cores that it uses, averaged over the last seconds.</summary>
    public required double Cores { get; init; }

    /// <summary>Resident memory, in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Digest of its data set; null until it is loaded.</summary>
    public required string? DataDigest { get; init; }

    /// <summary>Version of the messages and their meaning.</summary>
    public required int ProtocolVersion { get; init; }

    /// <summary>Version of the arithmetic.</summary>
    public required int NumericsVersion { get; init; }
}
