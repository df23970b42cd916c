using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>How a run stands: all that its observers are given.</summary>
public sealed record RunSnapshot
{
    /// <summary>What the run is about.</summary>
    public required RunActivity Activity { get; init; }

    /// <summary>Whether it has ended, one way or another.</summary>
    public bool IsOver => Activity is RunActivity.Done or RunActivity.Stopped or RunActivity.Failed;

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

    /// <summary>Learning rate of the next step; that of the last one when all are done.</summary>
    public double LearningRate { get; init; }

    /// <summary>L2 norm of the mean gradient of the last step that was looked at, before it was clipped; null before the first.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Speed of late; 0 while unknown.</summary>
    public double ImagesPerSecond { get; init; }

    /// <summary>Time until training ends at this speed; null while unknown.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>Workers that take part.</summary>
    public required int Workers { get; init; }

    /// <summary>Workers that the run wants, over all silos.</summary>
    public int WantedWorkers { get; init; }

    /// <summary>Silos that have a worker that takes part.</summary>
    public int Silos { get; init; }

    /// <summary>Silos that are waited for before the run begins.</summary>
    public int WantedSilos { get; init; }

    /// <summary>What the cluster has; null while that is not known.</summary>
    public ClusterOffer? Offer { get; init; }

    /// <summary>Images evaluated in the running evaluation.</summary>
    public int Evaluated { get; init; }

    /// <summary>Images of the running evaluation.</summary>
    public int ToEvaluate { get; init; }

    /// <summary>The last epoch that is done; null if there is none.</summary>
    public EpochRecord? LastEpoch { get; init; }

    /// <summary>The evaluation of the test images; null until they are evaluated.</summary>
    public Evaluation? Test { get; init; }

    /// <summary>What the run took of the cluster so far.</summary>
    public RunCounters Counters { get; init; } = new();

    /// <summary>What people should know of the run as long as they look at it.</summary>
    public IReadOnlyList<RunWarning> Warnings { get; init; } = [];

    /// <summary>What people should know, such as why the run failed or what it waits for, as one line; null if nothing.</summary>
    public string? Note { get; init; }
}
