namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The answer to a training order.</summary>
[GenerateSerializer, Immutable]
public sealed record GradientPush
{
    /// <summary>The session.</summary>
    [Id(0)] public required Guid Session { get; init; }

    /// <summary>Term of the order.</summary>
    [Id(1)] public required int Term { get; init; }

    /// <summary>Step of the order.</summary>
    [Id(2)] public required int Step { get; init; }

    /// <summary>One sum for each ordered block.</summary>
    [Id(3)] public required BlockPush[] Blocks { get; init; }

    /// <summary>Seconds that computing them took; measured for people, it shapes nothing.</summary>
    [Id(4)] public required double ComputeSeconds { get; init; }

    /// <summary>Number of the order.</summary>
    [Id(5)] public required int Order { get; init; }

    /// <summary>Whether the answer should bring the session's next order, if there is one.</summary>
    [Id(6)] public required bool AsksNext { get; init; }

    /// <summary>Other sessions of the silo whose gradients are in these blocks.</summary>
    [Id(7)] public Guid[] Fellows { get; init; } = [];
}
