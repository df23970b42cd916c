namespace MnistDistributed.Grains.Directory;

/// <summary>How many workers of a run a silo should have.</summary>
[GenerateSerializer, Immutable]
public sealed record RunDemand
{
    /// <summary>The run.</summary>
    [Id(0)] public required string Run { get; init; }

    /// <summary>How many.</summary>
    [Id(1)] public required int Workers { get; init; }
}
