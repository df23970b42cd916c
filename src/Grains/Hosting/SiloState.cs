using System.Text.Json.Serialization;

namespace MnistDistributed.Grains.Hosting;

/// <summary>Whether a silo takes part.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SiloState>))]
public enum SiloState
{
    /// <summary>It is in the cluster, but does not have its data set yet.</summary>
    Loading,

    /// <summary>It takes part.</summary>
    Ready,

    /// <summary>It was told to end, and hands over what it holds.</summary>
    Draining,
}
