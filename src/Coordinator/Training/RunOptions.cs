namespace MnistDistributed.Coordinator.Training;

/// <summary>What does not shape the result of a run.</summary>
public sealed record RunOptions
{
    /// <summary>
    /// Workers, over all silos, until another number is asked for; more than the silos offer join when more silos do. Default: one a core.
    /// </summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Workers when as many are asked for as make sense. Default: one a core.</summary>
    public int AutoWorkers { get; init; } = Environment.ProcessorCount;

    /// <summary>Silos that are there when training begins. Default 1.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>With fewer workers the run waits. Default 1.</summary>
    public int MinWorkers { get; init; } = 1;

    /// <summary>How long the run waits for <see cref="MinWorkers"/> before it is saved and ends. Default 600 s.</summary>
    public TimeSpan QuorumTimeout { get; init; } = TimeSpan.FromSeconds(600);

    /// <summary>Time between two checkpoints within an epoch. Default 5 s.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a run may be without any worker, when one has said why it cannot take part, before it fails. Default 5 s.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the cluster may not answer before the run fails. Default 60 s.</summary>
    public TimeSpan Unreachable { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a run that is stopped waits for the step, or the evaluation, in progress. Default 10 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a disk that cannot take what the run cannot do without is
    /// waited for: the term, the last checkpoint, the report. Default 60 s.
    /// </summary>
    public TimeSpan DiskPatience { get; init; } = TimeSpan.FromSeconds(60);
}
