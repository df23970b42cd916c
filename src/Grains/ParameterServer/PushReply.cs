using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The answer to a push.</summary>
[GenerateSerializer, Immutable]
public sealed record PushReply
{
    /// <summary>What became of it.</summary>
    [Id(0)] public required PushOutcome Outcome { get; init; }

    /// <summary>The session's next order, as <see cref="IParameterServerGrain.Next"/> gives it; null if there is none yet.</summary>
    [Id(1)] public required NextReply? Next { get; init; }
}
