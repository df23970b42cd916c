using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting.Output;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What a coordinator has seen of its run, look by look and over all terms; its observers are told of each look.</summary>
/// <param name="spec">The run.</param>
/// <param name="options">How long it may lack workers.</param>
/// <param name="observer">Who is told.</param>
/// <param name="time">The clock.</param>
public sealed class RunWatch(RunSpec spec, RunOptions options, IRunObserver observer, TimeProvider time)
{
    private readonly SlotPlan _plan = new(spec);
    private readonly Incidents _incidents = new();
    private readonly Divergence _divergence = new(spec.Network.Classes);
    private IReadOnlyList<RunWarning> _warnings = [];
    private int _workers;
    private int _silos;
    private double? _gradientNorm;

    /// <summary>How long its training takes.</summary>
    public EpochClock Clock { get; } = new(time);

    /// <summary>What it took of the cluster.</summary>
    public ClusterUsage Usage { get; } = new();

    /// <summary>Whether it has the workers that it needs.</summary>
    public Quorum Quorum { get; } = new(options, time, observer.Note);

    /// <summary>What people should know of the run as long as they look at it, one of a kind.</summary>
    public IReadOnlyList<RunWarning> Warnings => _warnings;

    /// <summary>Workers that the run wants, over all silos.</summary>
    public int WantedWorkers { get; set; } = options.Workers;

    /// <summary>What the cluster has; null while that is not known.</summary>
    public ClusterOffer? Offer { get; set; }

    /// <summary>A new term begins; its counts begin at 0.</summary>
    public void BeginTerm()
    {
        Usage.BeginTerm();
        _incidents.BeginTerm();
    }

    /// <summary>The run was seen.</summary>
    /// <param name="status">How it stands.</param>
    /// <param name="history">The epochs that are done.</param>
    public void Observe(TermStatus status, IReadOnlyList<EpochRecord> history)
    {
        Clock.Observe(status.Phase, status.Step);
        Usage.Observe(status, Clock.TotalSeconds);
        foreach (string incident in _incidents.Observe(status))
            observer.Note(incident);
        Quorum.Observe(status);
        LookForTrouble(history);
        (_workers, _silos, _gradientNorm) = (status.Workers, status.Silos, status.GradientNorm ?? _gradientNorm);
        observer.Progress(Snapshot(status, history));
    }

    /// <summary>The run has ended, or cannot go on.</summary>
    /// <param name="activity">How it ended.</param>
    /// <param name="last">The newest state that is kept of it.</param>
    /// <param name="test">The evaluation of the test images; null where they were not evaluated.</param>
    /// <param name="note">What people should know; null if nothing.</param>
    public void End(RunActivity activity, Checkpoint last, Evaluation? test = null, string? note = null)
    {
        LookForTrouble(last.History, test?.Loss);
        var snapshot = Snapshot(activity, last.State.Step, _plan.EpochOf(last.State.Step), last.History);
        var sum = last.State.EpochSum;
        bool isInEpoch = _plan.StepInEpoch(last.State.Step) != 0;
        observer.Progress(snapshot with
        {
            Loss = isInEpoch ? sum.Loss / sum.Samples : null,
            Accuracy = isInEpoch ? (double)sum.Hits / sum.Samples : null,
            Test = test,
            Note = note,
        });
    }

    private RunSnapshot Snapshot(TermStatus status, IReadOnlyList<EpochRecord> history)
    {
        bool isInEpoch = status.Phase is RunPhase.Training or RunPhase.Paused;
        // Before an epoch's first step the sums are still those of the epoch before.
        bool hasSums = status.Samples > 0 && !(isInEpoch && _plan.StepInEpoch(status.Step) == 0);
        double speed = Clock.StepsPerSecond;
        return Snapshot(ActivityOf(status), status.Step, isInEpoch ? _plan.EpochOf(status.Step) : history.Count, history) with
        {
            Phase = status.Phase,
            Loss = hasSums ? status.Loss / status.Samples : null,
            Accuracy = hasSums ? (double)status.Hits / status.Samples : null,
            ImagesPerSecond = speed * _plan.Samples / _plan.StepsPerEpoch,
            TimeLeft = speed == 0 ? null : TimeSpan.FromSeconds((_plan.TotalSteps - status.Step) / speed),
            Evaluated = status.Evaluated,
            ToEvaluate = status.ToEvaluate,
            Note = Quorum.Waiting,
        };
    }

    private RunSnapshot Snapshot(RunActivity activity, int step, int epoch, IReadOnlyList<EpochRecord> history) => new()
    {
        Activity = activity,
        Step = step,
        TotalSteps = _plan.TotalSteps,
        Epoch = Math.Min(epoch + 1, spec.Epochs),
        Epochs = spec.Epochs,
        LearningRate = LearningRate.At(spec.Recipe, Math.Min(step, _plan.TotalSteps - 1), _plan.StepsPerEpoch, _plan.TotalSteps),
        GradientNorm = _gradientNorm,
        Workers = _workers,
        WantedWorkers = WantedWorkers,
        Silos = _silos,
        WantedSilos = options.Silos,
        Offer = Offer,
        LastEpoch = history.Count == 0 ? null : history[^1],
        Counters = Usage.Counters,
        Warnings = _warnings,
    };

    private void LookForTrouble(IReadOnlyList<EpochRecord> history, double? testLoss = null)
    {
        Warn(RunIncident.Diverged, _divergence.Problem(history, testLoss));
        Warn(RunIncident.OutputLost, StandardOutput.Loss is not { } loss ? null
            : $"Some of what the run printed is lost: standard output cannot be written ({loss.Problem}).");
    }

    private void Warn(RunIncident kind, string? text)
    {
        if (text is null || _warnings.Any(warning => warning.Kind == kind))
            return;
        _warnings = [.. _warnings, new RunWarning(kind, text)];
        observer.Incident(kind, text);
    }

    private RunActivity ActivityOf(TermStatus status)
    {
        if (status.Phase == RunPhase.Paused)
            return RunActivity.Paused;
        return Quorum.Waiting is null ? RunActivity.Running : RunActivity.WaitingForWorkers;
    }
}
