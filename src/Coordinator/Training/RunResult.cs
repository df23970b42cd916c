using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What a run ended with.</summary>
/// <param name="Weights">The final weights.</param>
/// <param name="History">The epochs that are done.</param>
/// <param name="Test">The evaluation of the test images.</param>
/// <param name="Steps">Steps done; fewer than the run has where it was stopped.</param>
/// <param name="TrainingSeconds">Seconds of training, without evaluation, over all the run's terms.</param>
/// <param name="IsStopped">Whether the run was stopped before its end, and can be resumed.</param>
public sealed record RunResult(
    float[] Weights, IReadOnlyList<EpochRecord> History, Evaluation Test, int Steps, double TrainingSeconds, bool IsStopped)
{
    /// <summary>What it took of the cluster since its coordinator began.</summary>
    public required ClusterUsage Usage { get; init; }

    /// <summary>Why it failed, as one line; null if it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>What people should know of it.</summary>
    public IReadOnlyList<RunWarning> Warnings { get; init; } = [];

    /// <summary>How many workers the run wanted in the end, over all silos.</summary>
    public required int Workers { get; init; }
}
