using System.Text.Json;
using System.Text.Json.Serialization;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>What <c>cluster up</c> started, as <c>cluster.json</c> keeps it.</summary>
public sealed record ClusterRecord
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        MaxDepth = 8,
    };

    /// <summary>The cluster's id.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The service's id.</summary>
    public required string ServiceId { get; init; }

    /// <summary>The Redis that keeps the membership, without its password; null if the first silo, the primary, keeps it.</summary>
    public required string? Redis { get; init; }

    /// <summary>The silos; the first is the primary where there is one.</summary>
    public required IReadOnlyList<SiloRecord> Silos { get; init; }

    /// <summary>How silos find each other.</summary>
    [JsonIgnore]
    public string Clustering => Redis is null ? "localhost" : "redis";

    /// <summary>The silo whose end is the end of the cluster; null if any of them may die.</summary>
    [JsonIgnore]
    public SiloRecord? Primary => Redis is null ? Silos[0] : null;

    /// <summary>Writes it.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, Json);

    /// <summary>
    /// Writes where the silos serve their metrics, as Prometheus' <c>file_sd_configs</c> reads it;
    /// the label <c>cluster</c> is the cluster's id.
    /// </summary>
    public void WriteTargets(Stream stream) => JsonSerializer.Serialize(stream, new[]
    {
        new { Targets = Silos.Select(silo => $"127.0.0.1:{silo.HttpPort}"), Labels = new { Cluster = ClusterId } },
    }, Json);

    /// <summary>Reads and checks it.</summary>
    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <param name="source">Where it is from, for the error: a file's path.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ClusterRecord Read(byte[] json, string source)
    {
        string problem;
        try
        {
            var record = JsonSerializer.Deserialize<ClusterRecord>(json, Json);
            problem = record is null ? "it is null" : record.Problem();
            if (problem.Length == 0)
                return record!;
        }
        catch (JsonException e)
        {
            problem = OneLine.Of(e.Message);
        }

        throw new InvalidDataException(
            $"{source} is damaged, so nobody knows which silos it stands for: {problem}. End them yourself if they run, and delete it.");
    }

    private string Problem()
    {
        if (Silos.Count is < 1 or > LocalClusterOptions.MaxSilos)
            return $"it names {Silos.Count} silos";
        // Numbers up to 1 mean groups of processes, or the first process of all.
        if (Silos.FirstOrDefault(silo => silo.Pid <= 1) is { } wrong)
            return $"{wrong.Pid} is no silo's process";
        var ports = Silos.SelectMany(silo => (int[])[silo.SiloPort, silo.GatewayPort, silo.HttpPort]);
        if (ports.FirstOrDefault(port => port is < 1 or > 65535) is var port and not 0)
            return $"{port} is no port";
        return Silos.DistinctBy(silo => silo.Name).Count() == Silos.Count ? "" : "two silos have one name";
    }
}
