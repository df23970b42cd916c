using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>How a run stands: all that its observers are given.</summary>
public sealed record RunSnapshot
{
    /// <summary>What the run is about.</summary>
    public required RunActivity Activity { get; init; }

    /// <summary>What its parameter server is at; null if the run has ended.</summary>
    public RunPhase? Phase { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>The epoch that the run is in, from 1; the last one when all are done.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the whole run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch => TotalSteps / Epochs;

    /// <summary>Steps done of the epoch.</summary>
    public int StepInEpoch => Step - (Epoch - 1) * StepsPerEpoch;

    /// <summary>Mean training loss of the epoch so far; null before its first step.</summary>
    public double? Loss { get; init; }

    /// <summary>Training accuracy of the epoch so far, from 0 to 1; null before its first step.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Speed of late; 0 while unknown.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Time until training ends at this speed; null while unknown.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>Workers that take part.</summary>
    public required int Workers { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    public int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    public int ToEvaluate { get; init; }

    /// <summary>Validation accuracy after the last epoch that has one, from 0 to 1; null if there is none.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>Test accuracy, from 0 to 1; null until the test images are evaluated.</summary>
    public double? TestAccuracy { get; init; }

    /// <summary>What the run took of the cluster so far.</summary>
    public RunCounters Counters { get; init; } = new();

    /// <summary>What people should know, such as why the run failed or what it waits for, as one line; null if nothing.</summary>
    public string? Note { get; init; }
}
