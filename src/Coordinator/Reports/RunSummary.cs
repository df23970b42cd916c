using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>A finished run: all that its files tell of it.</summary>
public sealed record RunSummary
{
    /// <summary>The run's name, that of its folder.</summary>
    public required string RunId { get; init; }

    /// <summary>What shaped the result.</summary>
    public required RunSpec Spec { get; init; }

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

    /// <summary>Training speed over the whole run, without evaluation.</summary>
    public required double TrainImagesPerSecond { get; init; }

    /// <summary>Seconds from start to end, evaluation included; of earlier terms, before a resume, the training alone.</summary>
    public required double TotalSeconds { get; init; }

    /// <summary>When the run was started.</summary>
    public required DateTimeOffset Started { get; init; }
}
