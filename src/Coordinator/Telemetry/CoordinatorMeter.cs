using System.Diagnostics.Metrics;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Telemetry;
using MnistDistributed.Model.Training;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace MnistDistributed.Coordinator.Telemetry;

/// <summary>
/// What a coordinator measures of its run. It is told by the run's loop and asked by whoever scrapes, on any thread; what is not known is
/// not exported. Its series go with it.
/// </summary>
public sealed class CoordinatorMeter : IRunObserver, IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = TelemetryExtensions.MeterPrefix + "Coordinator";

    private const string Validation = "validation";
    private const string Test = "test";

    private static readonly string[] States =
        ["starting", "training", "validating", "testing", "waiting", "paused", "stopped", "failed", "done"];

    private readonly Meter _meter;
    private readonly Tag _run;
    private readonly RunSpec _spec;
    private readonly LabelNames _labels;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _writeSeconds;
    private readonly Histogram<double> _evaluationSeconds;
    private readonly long[] _incidents = new long[Enum.GetValues<RunIncident>().Length];
    private volatile RunSnapshot? _seen;
    private volatile SavedFile? _newest;
    private volatile bool _hasFailed;
    private long _written;
    private long _unwritten;
    private RunPhase? _phase;
    private long _phaseSeen;
    private long _looked;

    /// <summary>Registers the instruments.</summary>
    /// <param name="run">The run's name.</param>
    /// <param name="spec">The run.</param>
    /// <param name="began">When its coordinator began.</param>
    /// <param name="checkpoint">The newest checkpoint on disk; null if there is none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="labels">What the classes are called; their numbers by default.</param>
    public CoordinatorMeter(
        string run, RunSpec spec, DateTimeOffset began, FileInfo? checkpoint, TimeProvider time, LabelNames? labels = null)
    {
        (_run, _spec, _time, _labels) = (new Tag("run", run), spec, time, labels ?? LabelNames.Numbers);
        _meter = new Meter(new MeterOptions(Name) { Tags = [_run] });
        if (checkpoint is { Exists: true })
            _newest = new SavedFile(checkpoint.LastWriteTimeUtc, checkpoint.Length);

        Gauge("mnist.run.info", null, "What the run is, in its labels; always 1.", () => [Info()]);
        Gauge("mnist.run.state", null, "1 for the state that the run is in, 0 for the others.", () => In(State(_seen)));
        Gauge("mnist.run.start.time", "s", "Unix time at which the run's coordinator began.",
            () => [Of(began.ToUnixTimeMilliseconds() / 1e3)]);
        GaugeSeen("mnist.run.epoch", "{epoch}", "The epoch in progress, from 1; the last one when all are done.", seen => seen.Epoch);
        GaugeSeen("mnist.run.epoch.limit", "{epoch}", "Epochs of the whole run.", seen => seen.Epochs);
        GaugeSeen("mnist.run.step", "{step}", "Steps done.", seen => seen.Step);
        GaugeSeen("mnist.run.step.limit", "{step}", "Steps of the whole run.", seen => seen.TotalSteps);
        GaugeBy("mnist.run.loss", null, "Mean loss: of training in the epoch so far, of validation after the last epoch, of the test at "
            + "the end.", "dataset", seen => [
                ("train", seen.Loss ?? seen.LastEpoch?.TrainLoss), (Validation, seen.LastEpoch?.ValidationLoss), (Test, seen.Test?.Loss)]);
        GaugeBy("mnist.run.accuracy.ratio", "1", "Share classified rightly: in training in the epoch so far, in validation after the last "
            + "epoch, in the test at the end.", "dataset", seen => [
                ("train", seen.Accuracy ?? seen.LastEpoch?.TrainAccuracy), (Validation, seen.LastEpoch?.ValidationAccuracy),
                (Test, seen.Test?.Accuracy)]);
        GaugeSeen("mnist.run.learning_rate", null, "Learning rate of the next step.", seen => seen.LearningRate);
        GaugeSeen("mnist.run.gradient_norm", null, "L2 norm of the mean gradient of the last step looked at, before it was clipped.",
            seen => seen.GradientNorm);
        GaugeSeen("mnist.run.images_per_second", null, "Training images a second, of late.",
            seen => seen.ImagesPerSecond > 0 ? seen.ImagesPerSecond : null);
        GaugeSeen("mnist.run.time_left", "s", "Time until training ends at this speed.", seen => seen.TimeLeft?.TotalSeconds);
        GaugeBy("mnist.run.workers", "{worker}", "Workers: wanted by the run, offered by the cluster as far as the run has slots, "
            + "working on the run.", "kind", seen => [
                // Silos in the coordinator's process offer as many as anybody could ask for.
                ("wanted", seen.WantedWorkers), ("offered", seen.Offer is { } offer ? Math.Min(offer.Workers, spec.Slots) : null),
                ("working", seen.Workers)]);
        GaugeBy("mnist.run.silos", "{silo}", "Silos: waited for at the start, in the cluster now, with a worker that works on the run.",
            "kind", seen => [("wanted", seen.WantedSilos), ("offered", seen.Offer?.Silos), ("working", seen.Silos)]);
        Counter("mnist.run.terms", "{term}", "Terms opened; an undisturbed run has one.", () => [Count(_seen?.Counters.Terms ?? 0)]);
        Counter("mnist.run.incidents", "{incident}", "What went wrong on the way, by kind.",
            () => Incidents().Select(incident => Count(incident.Count, new Tag("kind", incident.Kind))));
        Counter("mnist.checkpoint.writes", "{write}", "Writes of a checkpoint, by outcome.", () =>
        [
            Count(Volatile.Read(ref _written), new Tag("outcome", "written")),
            Count(Volatile.Read(ref _unwritten), new Tag("outcome", "failed")),
        ]);
        _writeSeconds = Histogram("mnist.checkpoint.write.duration", "Time that a write of a checkpoint took, whether it failed or not.");
        Gauge("mnist.checkpoint.size", "By", "Size of the newest checkpoint on disk.", () => _newest is { } file ? [Of(file.Bytes)] : []);
        Gauge("mnist.checkpoint.age", "s", "Time since the newest checkpoint on disk was written, or since the coordinator began where "
            + "there is none.", () => [Of(Math.Max(0, (_time.GetUtcNow() - (_newest?.Written ?? began)).TotalSeconds))]);
        _evaluationSeconds = Histogram("mnist.evaluation.duration", "Time that an evaluation took, by data set.");
        ClassGauge("precision", "Share of the test images predicted as the class that are of it.", scores => scores.Precision);
        ClassGauge("recall", "Share of the test images of the class that are predicted as it.", scores => scores.Recall);
        ClassGauge("f1", "Harmonic mean of precision and recall of the class, on the test images.", scores => scores.F1);
        Gauge(TelemetryExtensions.ConfusionName, "{image}", "Test images, by their class and the class predicted.",
            () => _seen?.Test is { Confusion: { Classes: <= TelemetryExtensions.MostConfused } confusion } ? Confusion(confusion) : []);
    }

    /// <inheritdoc/>
    public void Progress(RunSnapshot run)
    {
        TimeEvaluation(run.Phase);
        _seen = run;
    }

    /// <inheritdoc/>
    public void CheckpointWritten(CheckpointWrite write)
    {
        _writeSeconds.Record(write.Seconds, _run);
        if (write.Bytes is not { } bytes)
        {
            Interlocked.Increment(ref _unwritten);
            return;
        }

        _newest = new SavedFile(_time.GetUtcNow(), bytes);
        Interlocked.Increment(ref _written);
    }

    /// <inheritdoc/>
    public void Incident(RunIncident kind, string message) => Interlocked.Increment(ref _incidents[(int)kind]);

    /// <summary>Nobody works at the run any more. Where it has told how it ended, that holds.</summary>
    public void Fail() => _hasFailed = true;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private string State(RunSnapshot? seen) => seen switch
    {
        not { IsOver: true } when _hasFailed => "failed",
        null => "starting",
        { Activity: RunActivity.WaitingForWorkers } => "waiting",
        { Activity: RunActivity.Paused } => "paused",
        { Activity: RunActivity.Stopped } => "stopped",
        { Activity: RunActivity.Failed } or { Phase: RunPhase.Failed } => "failed",
        { Activity: RunActivity.Done } => "done",
        { Phase: RunPhase.Training } => "training",
        { Phase: RunPhase.Validating or RunPhase.EpochDone } => "validating",
        _ => "testing",
    };

    private IEnumerable<Measurement<double>> In(string current) =>
        States.Select(state => Of(state == current ? 1 : 0, new Tag("state", state)));

    /// <summary>An evaluation that is over before it was looked at took no longer than the time between two looks.</summary>
    private void TimeEvaluation(RunPhase? phase)
    {
        long now = _time.GetTimestamp();
        string? evaluated = phase switch
        {
            RunPhase.EpochDone when _spec.Validation > 0 && _phase is RunPhase.Training or RunPhase.Validating => Validation,
            RunPhase.Done when _phase is RunPhase.Testing or RunPhase.EpochDone => Test,
            _ => null,
        };
        if (evaluated is not null)
        {
            long began = _phase is RunPhase.Validating or RunPhase.Testing ? _phaseSeen : _looked;
            _evaluationSeconds.Record(_time.GetElapsedTime(began, now).TotalSeconds, _run, new Tag("dataset", evaluated));
        }

        if (phase != _phase)
            (_phase, _phaseSeen) = (phase, now);
        _looked = now;
    }

    private IEnumerable<(string Kind, long Count)> Incidents()
    {
        var counted = _seen?.Counters.Total ?? default;
        return
        [
            ("worker_lost", counted.LostWorkers),
            ("worker_refused", counted.RefusedWorkers),
            ("worker_gave_up", counted.GivenUpWorkers),
            ("push_malformed", counted.MalformedPushes),
            ("push_rejected", counted.RejectedPushes),
            ("server_lost", Of(RunIncident.ServerLost)),
            ("server_handed_over", Of(RunIncident.ServerHandedOver)),
            ("cluster_silent", Of(RunIncident.ClusterSilent)),
            ("disk_failed", Of(RunIncident.DiskFailed)),
            ("diverged", Of(RunIncident.Diverged)),
            ("output_lost", Of(RunIncident.OutputLost)),
        ];

        long Of(RunIncident kind) => Volatile.Read(ref _incidents[(int)kind]);
    }

    private Measurement<double> Info() => Of(
        1, new Tag("engine", _spec.Engine), new Tag("optimizer", _spec.Recipe.Optimizer.ToString().ToLowerInvariant()),
        new Tag("batch", _spec.Batch), new Tag("slots", _spec.Slots), new Tag("seed", _spec.Seed));

    private IEnumerable<Measurement<double>> Confusion(ConfusionMatrix confusion) =>
        from actual in Enumerable.Range(0, confusion.Classes)
        from predicted in Enumerable.Range(0, confusion.Classes)
        select Of(confusion[actual, predicted], new Tag("actual", _labels[actual]), new Tag("predicted", _labels[predicted]));

    private void ClassGauge(string score, string description, Func<ClassMetrics, double> value) => GaugeBy(
        $"mnist.class.{score}.ratio", "1", description, "class",
        seen => seen.Test is { } test
            ? test.Confusion.Occurring.Select(label => (_labels[label], (double?)value(test.Report.Classes[label]))) : []);

    private void GaugeSeen(string name, string? unit, string description, Func<RunSnapshot, double?> value) =>
        Gauge(name, unit, description, () => _seen is { } seen && value(seen) is { } known ? [Of(known)] : []);

    private void GaugeBy(
        string name, string? unit, string description, string label, Func<RunSnapshot, IEnumerable<(string Label, double? Value)>> values)
    {
        Gauge(name, unit, description, () =>
            from value in _seen is { } seen ? values(seen) : []
            where value.Value is not null
            select Of(value.Value!.Value, new Tag(label, value.Label)));
    }

    private void Gauge(string name, string? unit, string description, Func<IEnumerable<Measurement<double>>> values) =>
        _meter.CreateObservableGauge(name, values, unit, description);

    private void Counter(string name, string unit, string description, Func<IEnumerable<Measurement<long>>> values) =>
        _meter.CreateObservableCounter(name, values, unit, description);

    private Histogram<double> Histogram(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, Buckets.Seconds);

    private Measurement<double> Of(double value, params ReadOnlySpan<Tag> tags) => new(value, [_run, .. tags]);

    private Measurement<long> Count(long value, params ReadOnlySpan<Tag> tags) => new(value, [_run, .. tags]);

    private sealed record SavedFile(DateTimeOffset Written, long Bytes);
}
