using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>A run that has ended, or was stopped: all that its files tell of it.</summary>
public sealed record RunSummary
{
    /// <summary>The run's name, that of its folder.</summary>
    public required string RunId { get; init; }

    /// <summary>What shaped the result.</summary>
    public required RunSpec Spec { get; init; }

    /// <summary>Whether it was stopped before its end: what it tells of is the state after <see cref="Steps"/>.</summary>
    public required bool IsStopped { get; init; }

    /// <summary>Why it failed, as one line; null if it did not. What it tells of is the newest state that was kept.</summary>
    public string? Failure { get; init; }

    /// <summary>How it ended, in a word.</summary>
    public string State => Failure is not null ? "failed" : IsStopped ? "stopped" : "done";

    /// <summary>Steps done.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>What the run took of the cluster, and what happened to it there, since it was last resumed.</summary>
    public required RunCounters Usage { get; init; }

    /// <summary>What people should know of the run.</summary>
    public IReadOnlyList<RunWarning> Warnings { get; init; } = [];

    /// <summary>SHA-256 of the final weights, lower-case hex.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The epochs, in order.</summary>
    public required IReadOnlyList<EpochRecord> Epochs { get; init; }

    /// <summary>The final weights on the test images.</summary>
    public required Evaluation Test { get; init; }

    /// <summary>The test images, in the order in which they were evaluated.</summary>
    public required ImageSet TestImages { get; init; }

    /// <summary>What the run ran on.</summary>
    public required RuntimeInfo Runtime { get; init; }

    /// <summary>What the classes are called; their numbers by default.</summary>
    public LabelNames Labels { get; init; } = LabelNames.Numbers;

    /// <summary>Training speed over the whole run, without evaluation.</summary>
    public required double TrainImagesPerSecond { get; init; }

    /// <summary>Seconds from start to end, evaluation included; of earlier terms, before a resume, the training alone.</summary>
    public double TotalSeconds { get; init; }

    /// <summary>When the run was started.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>What a run's result comes to; how long the command took is still missing from it.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="spec">What shaped the result.</param>
    /// <param name="data">The data set.</param>
    /// <param name="silos">Number of silos.</param>
    /// <param name="result">What the run ended with.</param>
    public static RunSummary Of(string run, RunSpec spec, DataSet data, int silos, RunResult result)
    {
        var plan = new SlotPlan(spec);
        double images = (double)plan.EpochOf(result.Steps) * plan.Samples + plan.SamplesBefore(plan.StepInEpoch(result.Steps));
        int workers = result.Usage.PeakWorkers == 0 ? result.Workers : Math.Min(result.Workers, result.Usage.PeakWorkers);
        return new RunSummary
        {
            RunId = run,
            Spec = spec,
            IsStopped = result.IsStopped,
            Failure = result.Failure,
            Steps = result.Steps,
            TotalSteps = plan.TotalSteps,
            Usage = result.Usage.Counters,
            Warnings = result.Warnings,
            WeightsSha256 = WeightsDigest.Of(result.Weights),
            Epochs = result.History,
            Test = result.Test,
            TestImages = data.Test,
            Runtime = new RuntimeInfo(silos, workers) { Step = StepCost.Of(result.Usage) },
            TrainImagesPerSecond = result.TrainingSeconds == 0 ? 0 : images / result.TrainingSeconds,
        };
    }
}
