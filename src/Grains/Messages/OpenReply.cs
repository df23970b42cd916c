namespace MnistDistributed.Grains.Messages;

/// <summary>Whether a term is open.</summary>
[GenerateSerializer, Immutable]
public sealed record OpenReply
{
    /// <summary>Why the term cannot be opened, here or anywhere; null if nothing is wrong.</summary>
    [Id(0)] public required string? Problem { get; init; }

    /// <summary>Whether the silo is about to go: it was not opened, and opens elsewhere in a moment.</summary>
    [Id(1)] public required bool IsLeaving { get; init; }
}
