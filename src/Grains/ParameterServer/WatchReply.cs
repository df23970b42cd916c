namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The answer to "where is the run?".</summary>
[GenerateSerializer, Immutable]
public sealed record WatchReply
{
    /// <summary>The term that is open here; 0 if none is.</summary>
    [Id(0)] public required int Term { get; init; }

    /// <summary>Where that term is; null if it is not the one that was asked for.</summary>
    [Id(1)] public required TermStatus? Status { get; init; }
}
