namespace MnistDistributed.Grains.Directory;

/// <summary>What the silos of a cluster offer together.</summary>
[GenerateSerializer, Immutable]
public sealed record ClusterOffer
{
    /// <summary>Silos that report.</summary>
    [Id(0)] public required int Silos { get; init; }

    /// <summary>The most workers that they run.</summary>
    [Id(1)] public required int Workers { get; init; }
}
