using System.Text.Json.Serialization;

namespace MnistDistributed.Grains.Hosting;

/// <summary>Whether a silo takes part.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SiloState>))]
public enum SiloState
{
    /// <summary>It is not in the cluster yet: it waits for whoever keeps the membership, or joins.</summary>
    Waiting,

    /// <summary>It is in the cluster, but does not have its data set yet.</summary>
    Loading,

    /// <summary>It takes part.</summary>
    Ready,

    /// <summary>It was in the cluster, but its row in the membership table is gone, dead or stale, or the table cannot be read.</summary>
    Outside,

    /// <summary>It was told to end, and hands over what it holds.</summary>
    Draining,
}
