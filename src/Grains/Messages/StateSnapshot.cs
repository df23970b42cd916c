namespace MnistDistributed.Grains.Messages;

/// <summary>A consistent copy of the training state.</summary>
[GenerateSerializer, Immutable]
public sealed record StateSnapshot
{
    /// <summary>Steps done.</summary>
    [Id(0)] public required int Step { get; init; }

    /// <summary>The training state.</summary>
    [Id(1)] public required byte[] State { get; init; }
}
