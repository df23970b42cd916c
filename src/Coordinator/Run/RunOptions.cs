namespace MnistDistributed.Coordinator.Run;

/// <summary>What does not shape the result of a run.</summary>
public sealed record RunOptions
{
    /// <summary>Workers, over all silos. Default: one a core; no more than slots.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Silos that are there when training begins. Default 1.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>Time between two checkpoints within an epoch. Default 5 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a run may be without any worker, when one has said why it cannot take part, before it fails. Default 5 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the cluster may not answer before the run fails. Default 60 s.</summary>
    public TimeSpan Unreachable { get; init; } = TimeSpan.FromSeconds(60);
}
