namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The request to open a term of a run.</summary>
[GenerateSerializer, Immutable]
public sealed record OpenRequest
{
    /// <summary>The term, counted by the coordinator, from 1.</summary>
    [Id(0)] public required int Term { get; init; }

    /// <summary>The run's spec as JSON.</summary>
    [Id(1)] public required string Spec { get; init; }

    /// <summary>The training state to begin with.</summary>
    [Id(2)] public required byte[] State { get; init; }

    /// <summary>Epochs whose validation the coordinator holds already.</summary>
    [Id(3)] public required int EpochsEvaluated { get; init; }

    /// <summary>Number of test images.</summary>
    [Id(4)] public required int TestImages { get; init; }

    /// <summary>The gradient fingerprint that every worker has to reproduce.</summary>
    [Id(5)] public required string Fingerprint { get; init; }

    /// <summary>The coordinator's version of the messages and their meaning.</summary>
    [Id(6)] public required int ProtocolVersion { get; init; }

    /// <summary>One life of one coordinator in one run; never used again.</summary>
    [Id(7)] public required Guid Coordinator { get; init; }

    /// <summary>Fewer workers than so many get no orders.</summary>
    [Id(8)] public required int MinWorkers { get; init; }

    /// <summary>Whether the term begins paused.</summary>
    [Id(9)] public required bool IsPaused { get; init; }
}
