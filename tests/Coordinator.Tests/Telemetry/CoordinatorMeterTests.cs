using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Telemetry;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Telemetry;

/// <summary>What a coordinator measures of what it is told of its run.</summary>
public sealed class CoordinatorMeterTests : IDisposable
{
    private static readonly RunSpec Spec = new()
        { Seed = 7, Slots = 8, Batch = 32, Epochs = 3, Validation = 55, TrainingImages = 360, DataDigest = new string('a', 64) };

    private static readonly RunSnapshot Training = new()
    {
        Activity = RunActivity.Running, Phase = RunPhase.Training, Step = 4, TotalSteps = 30, Epoch = 1, Epochs = 3, Workers = 2,
    };

    private static readonly EpochRecord Epoch = new()
        { TrainLoss = 0.5, TrainAccuracy = 0.75, ValidationLoss = 0.25, ValidationAccuracy = 0.9 };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(1));
    private readonly string _run = $"{Guid.NewGuid():N}";
    private readonly TemporaryFolder _folder = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _values = [];
    private readonly CoordinatorMeter _meter;

    public CoordinatorMeterTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == CoordinatorMeter.Name)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Keep(instrument, value, labels));
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Keep(instrument, value, labels));
        _listener.Start();
        _meter = NewMeter(null);
    }

    public void Dispose()
    {
        _meter.Dispose();
        _listener.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Before_the_run_is_looked_at_only_what_is_known_is_told()
    {
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1, Value("mnist.run.info", "batch=32", "engine=simd", "optimizer=adam", "seed=7", "slots=8"));
        Assert.Equal("starting", State());
        Assert.Equal(86400, Value("mnist.run.start.time"));
        Assert.Equal(3, Value("mnist.checkpoint.age"));
        Assert.Equal(0, Value("mnist.run.terms"));
        Assert.Equal(11, Labels("mnist.run.incidents").Count(label => Value("mnist.run.incidents", label) == 0));
        Assert.Equal((0, 0), (Value("mnist.checkpoint.writes", "outcome=written"), Value("mnist.checkpoint.writes", "outcome=failed")));
        Assert.All(
            (string[])["epoch", "step", "loss", "accuracy.ratio", "learning_rate", "gradient_norm", "images_per_second", "time_left",
                "workers"],
            name => Assert.Empty(Labels($"mnist.run.{name}")));
        Assert.Empty(Labels("mnist.checkpoint.size"));
        Assert.Empty(Labels("mnist.confusion.images"));
    }

    [Fact]
    public void A_look_is_told_whole()
    {
        _meter.Progress(Training with
        {
            Loss = 1.5, Accuracy = 0.5, LearningRate = 0.01, GradientNorm = 2.5, ImagesPerSecond = 1000,
            TimeLeft = TimeSpan.FromSeconds(1.5), WantedWorkers = 4, Silos = 2, WantedSilos = 3,
            Offer = new ClusterOffer { Silos = 3, Workers = 6 }, LastEpoch = Epoch with { TrainLoss = 9 },
            Counters = new RunCounters(2, new TermCounters
                { LostWorkers = 1, RefusedWorkers = 2, GivenUpWorkers = 3, MalformedPushes = 4, RejectedPushes = 5 }),
        });
        Assert.Equal((1, 3, 4, 30), (Value("mnist.run.epoch"), Value("mnist.run.epoch.limit"), Value("mnist.run.step"),
            Value("mnist.run.step.limit")));
        Assert.Equal((1.5, 0.5), (Value("mnist.run.loss", "dataset=train"), Value("mnist.run.accuracy.ratio", "dataset=train")));
        Assert.Equal((0.25, 0.9),
            (Value("mnist.run.loss", "dataset=validation"), Value("mnist.run.accuracy.ratio", "dataset=validation")));
        Assert.DoesNotContain("dataset=test", Labels("mnist.run.loss"));
        Assert.Equal((0.01, 2.5, 1000, 1.5), (Value("mnist.run.learning_rate"), Value("mnist.run.gradient_norm"),
            Value("mnist.run.images_per_second"), Value("mnist.run.time_left")));
        Assert.Equal((4, 6, 2), (Workers("wanted"), Workers("offered"), Workers("working")));
        Assert.Equal((3, 3, 2), (Silos("wanted"), Silos("offered"), Silos("working")));
        Assert.Equal(2, Value("mnist.run.terms"));
        string[] kinds = ["worker_lost", "worker_refused", "worker_gave_up", "push_malformed", "push_rejected"];
        Assert.Equal([1, 2, 3, 4, 5], kinds.Select(kind => Value("mnist.run.incidents", $"kind={kind}")));

        double Workers(string kind) => Value("mnist.run.workers", $"kind={kind}");
        double Silos(string kind) => Value("mnist.run.silos", $"kind={kind}");
    }

    [Fact]
    public void Workers_beyond_the_slots_are_no_offer()
    {
        _meter.Progress(Training with { Offer = new ClusterOffer { Silos = 1, Workers = 1024 } });
        Assert.Equal(8, Value("mnist.run.workers", "kind=offered"));
    }

    [Theory]
    [InlineData("training", RunActivity.Running, RunPhase.Training)]
    [InlineData("validating", RunActivity.Running, RunPhase.Validating)]
    [InlineData("validating", RunActivity.Running, RunPhase.EpochDone)]
    [InlineData("testing", RunActivity.Running, RunPhase.Testing)]
    [InlineData("testing", RunActivity.Running, RunPhase.Done)]
    [InlineData("failed", RunActivity.Running, RunPhase.Failed)]
    [InlineData("waiting", RunActivity.WaitingForWorkers, RunPhase.Training)]
    [InlineData("paused", RunActivity.Paused, RunPhase.Paused)]
    [InlineData("stopped", RunActivity.Stopped, null)]
    [InlineData("failed", RunActivity.Failed, null)]
    [InlineData("done", RunActivity.Done, null)]
    public void A_run_is_in_one_state(string state, RunActivity activity, RunPhase? phase)
    {
        _meter.Progress(Training with { Activity = activity, Phase = phase });
        Assert.Equal(state, State());
    }

    [Fact]
    public void A_run_is_in_one_state_also_where_it_changes_while_it_is_asked()
    {
        _meter.Progress(Training);
        List<double> told = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, asked) =>
        {
            if (instrument.Name == "mnist.run.state")
                asked.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, labels, _) =>
        {
            if (!labels.Contains(new KeyValuePair<string, object?>("run", _run)))
                return;
            told.Add(value);
            if (value == 1)
                _meter.Progress(Training with { Activity = RunActivity.Done, Phase = null });
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal((9, 1), (told.Count, told.Sum()));
        Assert.Equal("done", State());
    }

    [Theory]
    [InlineData("failed", RunActivity.Running)]
    [InlineData("failed", RunActivity.Paused)]
    [InlineData("failed", RunActivity.Failed)]
    [InlineData("stopped", RunActivity.Stopped)]
    [InlineData("done", RunActivity.Done)]
    [InlineData("failed", null)]
    public void A_run_that_nobody_works_at_any_more_has_failed_unless_it_told_how_it_ended(string state, RunActivity? activity)
    {
        if (activity is not null)
            _meter.Progress(Training with { Activity = activity.Value });
        _meter.Fail();
        Assert.Equal(state, State());
    }

    [Fact]
    public void The_test_is_told_by_class_and_with_every_confusion_as_soon_as_it_is_evaluated()
    {
        byte[] labels = [0, 0, 0, 1, 1];
        float[] logits = new float[5 * CnnShape.Digits];
        foreach (var (image, predicted) in new[] { 0, 0, 1, 1, 2 }.Index())
            logits[image * CnnShape.Digits + predicted] = 5;
        var test = Evaluation.From(logits, labels);
        _meter.Progress(Training with { Activity = RunActivity.Done, Phase = null, Test = test, LastEpoch = Epoch });
        Assert.Equal((0.5, 0.25, test.Loss),
            (Value("mnist.run.loss", "dataset=train"), Value("mnist.run.loss", "dataset=validation"),
            Value("mnist.run.loss", "dataset=test")));
        Assert.Equal(0.6, Value("mnist.run.accuracy.ratio", "dataset=test"));
        Assert.Equal((1, 2.0 / 3, 0.8), (Class("precision", 0), Class("recall", 0), Class("f1", 0)));
        Assert.Equal((0.5, 0.5, 0.5), (Class("precision", 1), Class("recall", 1), Class("f1", 1)));
        Assert.Equal(100, Labels("mnist.confusion.images").Count);
        Assert.Equal((2, 1, 0), (Confused(0, 0), Confused(0, 1), Confused(9, 9)));

        double Class(string score, int label) => Value($"mnist.class.{score}.ratio", $"class={label}");
        double Confused(int actual, int predicted) => Value("mnist.confusion.images", $"actual={actual}", $"predicted={predicted}");
    }

    [Fact]
    public void Classes_are_told_by_their_names_and_those_that_do_not_occur_not_at_all()
    {
        using var meter = new CoordinatorMeter(_run, Spec, _time.GetUtcNow(), null, _time, LabelNames.Of(["", "A", "B"]));
        var test = Evaluation.From([0, 5, 0, 0, 5, 0, 0, 0, 5], [1, 2, 2], classes: 3);
        meter.Progress(Training with { Activity = RunActivity.Done, Phase = null, Test = test });
        Assert.Equal(0.5, Value("mnist.class.recall.ratio", "class=B"));
        Assert.Equal(["class=A", "class=B"], Labels("mnist.class.recall.ratio"));
        Assert.Equal(1, Value("mnist.confusion.images", "actual=B", "predicted=A"));
    }

    [Fact]
    public void Checkpoints_are_counted_timed_and_the_newest_on_disk_ages()
    {
        _meter.CheckpointWritten(new CheckpointWrite(0.5, 1000));
        _time.Advance(TimeSpan.FromSeconds(7));
        _meter.CheckpointWritten(new CheckpointWrite(0.25, null));
        Assert.Equal((1, 1), (Value("mnist.checkpoint.writes", "outcome=written"), Value("mnist.checkpoint.writes", "outcome=failed")));
        Assert.Equal((1000, 7), (Value("mnist.checkpoint.size"), Value("mnist.checkpoint.age")));
        Assert.Equal(0.75, _values["mnist.checkpoint.write.duration"]);
    }

    [Fact]
    public void The_checkpoint_that_a_run_goes_on_from_is_the_newest_on_disk()
    {
        File.WriteAllBytes(_folder.File("step"), new byte[17]);
        File.SetLastWriteTimeUtc(_folder.File("step"), (_time.GetUtcNow() - TimeSpan.FromSeconds(90)).UtcDateTime);
        _meter.Dispose();
        using var meter = NewMeter(new FileInfo(_folder.File("step")));
        Assert.Equal((17, 90), (Value("mnist.checkpoint.size"), Value("mnist.checkpoint.age")));
    }

    [Fact]
    public void What_goes_wrong_is_counted_by_kind()
    {
        _meter.Incident(RunIncident.ServerLost, "It is lost.");
        _meter.Incident(RunIncident.ServerLost, "It is lost again.");
        _meter.Incident(RunIncident.ServerHandedOver, "It goes.");
        _meter.Incident(RunIncident.ClusterSilent, "It is silent.");
        _meter.Incident(RunIncident.DiskFailed, "It is full.");
        _meter.Incident(RunIncident.Diverged, "It diverges.");
        _meter.Incident(RunIncident.OutputLost, "Nobody reads it.");
        ((IRunObserver)_meter).Note("All is well.");
        string[] kinds = ["server_lost", "server_handed_over", "cluster_silent", "disk_failed", "diverged", "output_lost"];
        Assert.Equal([2, 1, 1, 1, 1, 1], kinds.Select(kind => Value("mnist.run.incidents", $"kind={kind}")));
    }

    [Fact]
    public void An_evaluation_lasts_from_when_it_is_first_seen_to_its_end()
    {
        Look(RunPhase.Training, 3);
        Look(RunPhase.Validating, 1);
        Look(RunPhase.Validating, 1);
        Look(RunPhase.EpochDone, 5);
        Look(RunPhase.EpochDone, 5);
        Assert.Equal(2, _values["mnist.evaluation.duration dataset=validation"]);

        // One that ends between two looks takes no longer than these are apart; one that is lost with its server is none.
        Look(RunPhase.Training, 0.5);
        Look(RunPhase.EpochDone, 1);
        Look(RunPhase.Validating, 1);
        Look(RunPhase.Training, 1);
        Assert.Equal(2.5, _values["mnist.evaluation.duration dataset=validation"]);

        Look(RunPhase.Testing, 4);
        Look(RunPhase.Done, 1);
        Assert.Equal(4, _values["mnist.evaluation.duration dataset=test"]);

        void Look(RunPhase phase, double seconds)
        {
            _meter.Progress(Training with { Phase = phase });
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }
    }

    [Fact]
    public void Every_instrument_says_what_it_is_and_belongs_to_the_run()
    {
        var instruments = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) => instruments.Add(instrument);
        listener.Start();
        var ours = instruments.Where(instrument =>
            instrument.Meter.Tags?.Contains(new KeyValuePair<string, object?>("run", _run)) == true).ToList();
        Assert.Equal(26, ours.Count);
        Assert.All(ours, instrument => Assert.EndsWith(".", instrument.Description, StringComparison.Ordinal));
    }

    private CoordinatorMeter NewMeter(FileInfo? checkpoint) => new(_run, Spec, _time.GetUtcNow(), checkpoint, _time);

    /// <summary>Measurements of histograms are summed.</summary>
    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var texts = labels.ToArray().Select(label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal).ToList();
        if (!texts.Remove($"run={_run}"))
            return;
        string key = string.Join(' ', texts.Prepend(instrument.Name));
        _values[key] = instrument.IsObservable ? value : _values.GetValueOrDefault(key) + value;
    }

    private double Value(string name, params string[] labels)
    {
        _listener.RecordObservableInstruments();
        return _values[string.Join(' ', labels.Prepend(name))];
    }

    private List<string> Labels(string name)
    {
        _listener.RecordObservableInstruments();
        return [.. _values.Keys.Where(key => key.Split(' ')[0] == name).Select(key => key[name.Length..].Trim())];
    }

    private string State() => Assert.Single(Labels("mnist.run.state"), state => Value("mnist.run.state", state) == 1)["state=".Length..];
}
