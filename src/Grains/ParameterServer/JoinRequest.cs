namespace MnistDistributed.Grains.ParameterServer;

/// <summary>A worker joins a run.</summary>
[GenerateSerializer, Immutable]
public sealed record JoinRequest
{
    /// <summary>One life of one worker; never used again.</summary>
    [Id(0)] public required Guid Session { get; init; }

    /// <summary>The worker's name, for people.</summary>
    [Id(1)] public required string Worker { get; init; }

    /// <summary>Version of the messages and their meaning.</summary>
    [Id(2)] public required int ProtocolVersion { get; init; }

    /// <summary>Version of the arithmetic.</summary>
    [Id(3)] public required int NumericsVersion { get; init; }

    /// <summary>Digest of the data set that the worker reads.</summary>
    [Id(4)] public required string DataDigest { get; init; }

    /// <summary>Hash of the gradient of one fixed micro-batch as the worker computes it.</summary>
    [Id(5)] public required string Fingerprint { get; init; }
}
