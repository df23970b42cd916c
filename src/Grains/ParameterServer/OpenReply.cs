namespace MnistDistributed.Grains.ParameterServer;

/// <summary>Whether a term is open.</summary>
[GenerateSerializer, Immutable]
public sealed record OpenReply
{
    /// <summary>Why the term cannot be opened, here or anywhere; null if nothing is wrong.</summary>
    [Id(0)] public required string? Problem { get; init; }

    /// <summary>
    /// Whether it was not opened, but the next one may be in a moment: the silo is about to go, or the state was damaged on its way.
    /// </summary>
    [Id(1)] public required bool TryAgain { get; init; }

    /// <summary>The silo where it is open; null where it was not opened.</summary>
    [Id(2)] public required SiloAddress? Silo { get; init; }
}
