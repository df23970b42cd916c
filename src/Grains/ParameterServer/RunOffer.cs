namespace MnistDistributed.Grains.ParameterServer;

/// <summary>What a run is, for a worker that wants to take part.</summary>
[GenerateSerializer, Immutable]
public sealed record RunOffer
{
    /// <summary>Whether a term is open here.</summary>
    [Id(0)] public required bool IsOpen { get; init; }

    /// <summary>Whether the run is over.</summary>
    [Id(1)] public required bool IsOver { get; init; }

    /// <summary>The run's spec as JSON; empty while no term is open.</summary>
    [Id(2)] public required string Spec { get; init; }

    /// <summary>Version of the messages and their meaning.</summary>
    [Id(3)] public required int ProtocolVersion { get; init; }

    /// <summary>Version of the run's arithmetic.</summary>
    [Id(4)] public required int NumericsVersion { get; init; }
}
