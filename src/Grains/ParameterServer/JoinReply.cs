namespace MnistDistributed.Grains.ParameterServer;

/// <summary>Whether a worker takes part.</summary>
[GenerateSerializer, Immutable]
public sealed record JoinReply
{
    /// <summary>Whether a term is open here; if not, try again.</summary>
    [Id(0)] public required bool IsOpen { get; init; }

    /// <summary>Why the worker is refused; null if it is not.</summary>
    [Id(1)] public required string? Refusal { get; init; }
}
