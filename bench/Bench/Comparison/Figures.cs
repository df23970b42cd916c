using System.Text.Json;
using System.Text.Json.Serialization;

namespace MnistDistributed.Bench.Comparison;

/// <summary>What a contender measured in one round, as its process prints it in its last line; null is what it does not measure.</summary>
public sealed record Figures
{
    /// <summary>How it is written: by Python, too.</summary>
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The version of what was measured.</summary>
    public string? Version { get; init; }

    /// <summary>Speed of the training once it is warm.</summary>
    public double? TrainImagesPerSecond { get; init; }

    /// <summary>Speed of the evaluation of the test images, on the contender's threads.</summary>
    public double? EvaluationImagesPerSecond { get; init; }

    /// <summary>When the first step was done: seconds since 1970.</summary>
    public double? FirstStepAt { get; init; }

    /// <summary>Seconds from the start of the process to there.</summary>
    public double? FirstStepSeconds { get; init; }

    /// <summary>The most memory that the process had resident until the end of its training.</summary>
    public double? PeakBytes { get; init; }

    /// <summary>The share of a step in which its workers compute no gradients, 0 to 1.</summary>
    public double? OutsideEngine { get; init; }

    /// <summary>Bytes that a step allocates on the managed heap.</summary>
    public double? AllocatedBytes { get; init; }

    /// <summary>The medians of several rounds, each for itself.</summary>
    public static Figures MedianOf(IReadOnlyList<Figures> rounds)
    {
        return new Figures
        {
            Version = rounds[0].Version,
            TrainImagesPerSecond = Of(round => round.TrainImagesPerSecond),
            EvaluationImagesPerSecond = Of(round => round.EvaluationImagesPerSecond),
            FirstStepSeconds = Of(round => round.FirstStepSeconds),
            PeakBytes = Of(round => round.PeakBytes),
            OutsideEngine = Of(round => round.OutsideEngine),
            AllocatedBytes = Of(round => round.AllocatedBytes),
        };

        double? Of(Func<Figures, double?> figure)
        {
            var values = rounds.Select(figure).OfType<double>().ToList();
            return values.Count == 0 ? null : Median.Of(values);
        }
    }
}
