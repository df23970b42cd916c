namespace MnistDistributed.Grains.Directory;

/// <summary>What a silo offers to runs.</summary>
[GenerateSerializer, Immutable]
public sealed record SiloOffer
{
    /// <summary>The silo.</summary>
    [Id(0)] public required string Silo { get; init; }

    /// <summary>The most workers that it runs.</summary>
    [Id(1)] public required int Capacity { get; init; }
}
