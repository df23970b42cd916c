using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>What observers are given of a run of three epochs, ten steps each.</summary>
public sealed class RunWatchTests : IRunObserver
{
    private static readonly RunSpec Spec = new()
    {
        Slots = 8, Batch = 32, Epochs = 3, Validation = 55, TrainingImages = 360, DataDigest = new string('a', 64),
    };

    private static readonly EpochRecord FirstEpoch = new()
    {
        Epoch = 0, TrainLoss = 0.5, TrainAccuracy = 0.9, ValidationLoss = 0.25, ValidationAccuracy = 0.95, Seconds = 2, LearningRate =
            0.004,
    };

    private static readonly TermStatus Status = new()
    {
        Phase = RunPhase.Training, Step = 14, Loss = 64, Hits = 96, Samples = 128, Workers = 2, Evaluated = 0, ToEvaluate = 55,
        Counters = new TermCounters { Steps = 14, StalePushes = 1 }, Trouble = null, Failure = null, IsLeaving = false,
        Incidents = ["Something was odd."], IncidentCount = 1, Silos = 1, GradientNorm = 1.5,
    };

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _notes = [];
    private RunSnapshot? _seen;

    void IRunObserver.Progress(RunSnapshot run) => _seen = run;

    void IRunObserver.Note(string message) => _notes.Add(message);

    [Fact]
    public void A_look_tells_where_the_run_is()
    {
        var watch = Watch();
        watch.Observe(Status with { Step = 12 }, [FirstEpoch]);
        _time.Advance(TimeSpan.FromSeconds(2));
        watch.Observe(Status, [FirstEpoch]);
        var run = _seen!;
        Assert.Equal((RunActivity.Running, RunPhase.Training, 14, 30, 2, 3),
            (run.Activity, run.Phase, run.Step, run.TotalSteps, run.Epoch, run.Epochs));
        Assert.Equal((4, 10, 0.5, 0.75, 2), (run.StepInEpoch, run.StepsPerEpoch, run.Loss, run.Accuracy, run.Workers));
        Assert.Equal((30.5, TimeSpan.FromSeconds(16), 0.95), (run.ImagesPerSecond, run.TimeLeft, run.LastEpoch?.ValidationAccuracy));
        Assert.Equal("1 stale push", run.Counters.Happened);
        Assert.Equal(["Something was odd."], _notes);
    }

    [Fact]
    public void An_epoch_lasts_until_its_validation_is_done_and_begins_without_sums()
    {
        var watch = Watch();
        watch.Observe(Status with { Phase = RunPhase.Validating, Step = 10, Evaluated = 20 }, []);
        Assert.Equal((1, 10, 20, 0.5), (_seen!.Epoch, _seen.StepInEpoch, _seen.Evaluated, _seen.Loss));
        watch.Observe(Status with { Step = 10 }, [FirstEpoch]);
        Assert.Equal((2, 0, null), (_seen.Epoch, _seen.StepInEpoch, _seen.Loss));
        watch.Observe(Status with { Phase = RunPhase.Testing, Step = 30 }, [FirstEpoch, FirstEpoch, FirstEpoch]);
        Assert.Equal((3, 10), (_seen.Epoch, _seen.StepInEpoch));
    }

    [Fact]
    public void A_run_that_waits_or_is_paused_or_ends_says_so()
    {
        var watch = Watch();
        watch.Observe(Status with { Workers = 0 }, [FirstEpoch]);
        _time.Advance(TimeSpan.FromSeconds(3));
        watch.Observe(Status with { Workers = 0 }, [FirstEpoch]);
        Assert.Equal((RunActivity.WaitingForWorkers, "waiting for workers: 0 of 1 are here"), (_seen!.Activity, _seen.Note));
        watch.Observe(Status with { Phase = RunPhase.Paused }, [FirstEpoch]);
        Assert.Equal((RunActivity.Paused, null), (_seen.Activity, _seen.Note));
        watch.End(
            RunActivity.Failed, new Checkpoint(Spec, TrainingState.Initial(Spec), [], Term: 0, ElapsedSeconds: 0), note: "It failed.");
        Assert.Equal((RunActivity.Failed, null, 0, 1, 2, "It failed."),
            (_seen.Activity, _seen.Phase, _seen.Step, _seen.Epoch, _seen.Workers, _seen.Note));
    }

    [Fact]
    public void Plain_lines_tell_of_training_every_few_seconds_and_of_each_epoch()
    {
        var output = new StringWriter { NewLine = "\n" };
        var watch = new RunWatch(Spec, new RunOptions(), new PlainView(output, _time), _time);
        watch.Observe(Status with { Incidents = [], IncidentCount = 0 }, [FirstEpoch]);
        _time.Advance(TimeSpan.FromSeconds(5));
        watch.Observe(Status with { Incidents = [], IncidentCount = 0 }, [FirstEpoch]);
        new PlainView(output, _time).EpochDone(FirstEpoch);
        _time.Advance(TimeSpan.FromSeconds(5));
        watch.End(RunActivity.Done, new Checkpoint(Spec, TrainingState.Initial(Spec), [], Term: 0, ElapsedSeconds: 0));
        Assert.Equal(
            "epoch 2/3 step 4/10 loss 0.5000 accuracy 75.00 % workers 2 images/s 0\n"
            + "epoch 1 done: training loss 0.5000 accuracy 90.00 % validation loss 0.2500 accuracy 95.00 % in 2.0 s\n", output.ToString());
    }

    private RunWatch Watch() => new(Spec, new RunOptions(), this, _time);
}
