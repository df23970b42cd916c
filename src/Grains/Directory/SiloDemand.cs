namespace MnistDistributed.Grains.Directory;

/// <summary>What a silo should run.</summary>
[GenerateSerializer, Immutable]
public sealed record SiloDemand
{
    /// <summary>Changes whenever the demand of any silo does.</summary>
    [Id(0)] public required long Version { get; init; }

    /// <summary>The runs that want workers of this silo.</summary>
    [Id(1)] public required RunDemand[] Runs { get; init; }

    /// <summary>
    /// Whether the directory has taken the place of a lost one and may not know of every run yet: workers are started, and none is stopped.
    /// </summary>
    [Id(2)] public required bool IsPartial { get; init; }
}
