using System.Security.Cryptography;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>Whole runs on a small network and data set: the cluster is not part of the result.</summary>
public sealed partial class TrainingRunTests : IDisposable
{
    private static readonly DataSet Data = SmallData.Set(training: 360, test: 90, "small");

    private static readonly RunSpec Spec = new()
    {
        Seed = 7,
        Slots = 8,
        Batch = 32,
        // So many that none is over before a test has reached for it.
        Epochs = 12,
        Validation = 55,
        TrainingImages = Data.Train.Count,
        DataDigest = Data.Digest,
        Network = new CnnShape(16, 16, 16),
        Recipe = new Recipe { Shift = 1, LabelSmoothing = 0.05, WeightDecay = 1e-4, ClipNorm = 1 },
    };

    private static readonly Lazy<Task<string>> OneWorker = new(async () =>
    {
        using var alone = new TrainingRunTests();
        return Describe((await alone.TrainAfresh(workers: 1, silos: 1))!);
    });

    private readonly string _folder = Directory.CreateTempSubdirectory("mnist-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(8, 1)]
    [InlineData(1, 3)]
    [InlineData(3, 3)]
    [InlineData(8, 3)]
    public async Task Weights_and_curves_are_the_same_for_any_cluster(int workers, int silos) =>
        Assert.Equal(await OneWorker.Value, Describe((await TrainAfresh(workers, silos))!));

    [Fact]
    public async Task A_run_that_is_stopped_at_once_resumes_to_the_same_bits()
    {
        using var folder = NewFolder();
        Assert.Null(await Train(folder, workers: 2, silos: 1, stop: new CancellationToken(canceled: true)));
        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 3, silos: 1))!));
    }

    [Theory]
    [InlineData(RunPhase.Training)]
    [InlineData(RunPhase.EpochDone)]
    [InlineData(RunPhase.Testing)]
    public async Task A_run_that_is_stopped_on_its_way_resumes_to_the_same_bits(RunPhase when)
    {
        using var folder = NewFolder();
        using var stop = new CancellationTokenSource();
        var view = new Watcher(
            run =>
            {
                if (run.Phase == when && (when != RunPhase.Training || run.StepInEpoch > 0))
                    stop.Cancel();
            },
            _ => { });
        var result = await Train(folder, workers: 2, silos: 1, view, stop.Token);
        result ??= await Train(folder, workers: 3, silos: 1);
        Assert.Equal(await OneWorker.Value, Describe(result!));
    }

    [Fact]
    public async Task A_folder_that_a_run_has_open_is_not_opened_by_another()
    {
        using var folder = NewFolder();
        Assert.Null(await Train(folder, workers: 2, silos: 1, stop: new CancellationToken(canceled: true)));
        Assert.Contains(
            "in use by process", Assert.Throws<RunInUseException>(() => RunFolder.Open(folder.Path)).Message, StringComparison.Ordinal);
        folder.Dispose();
        RunFolder.Open(folder.Path).Dispose();
    }

    [Fact]
    public async Task A_run_without_a_worker_that_fits_fails_and_says_why()
    {
        using var folder = NewFolder();
        var other = new DataSet(Data.Train, Data.Test, Convert.ToHexStringLower(SHA256.HashData("other"u8)));
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(other), CancellationToken.None);
        var start = new Checkpoint(Spec, TrainingState.Initial(Spec), [], Term: 0, ElapsedSeconds: 0);
        var options = new RunOptions { Workers = 2, Patience = TimeSpan.Zero };
        var run = new TrainingRun(folder, start, Data, cluster.Grains, options, new Watcher(_ => { }, _ => { }));
        var failure = await Assert.ThrowsAsync<RunFailedException>(() => run.Train(CancellationToken.None));
        Assert.Contains($"has data digest {other.Digest}, the run has {Data.Digest}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_stopped_after_an_epoch_resumes_to_the_same_bits_in_a_later_term()
    {
        using var folder = NewFolder();
        using var stop = new CancellationTokenSource();
        Assert.Null(await Train(folder, workers: 2, silos: 1, new Watcher(_ => { }, epoch => stop.Cancel()), stop.Token));
        var checkpoint = folder.Checkpoints.LoadNewest(Spec).Checkpoint!;
        Assert.Single(checkpoint.History);
        Assert.Equal(1, checkpoint.Term);

        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 1, silos: 3))!));
        Assert.Equal(2, folder.Checkpoints.LoadNewest(Spec).Checkpoint!.Term);
    }

    [Fact]
    public async Task A_run_that_had_ended_is_evaluated_again_without_training()
    {
        using var folder = NewFolder();
        string first = Describe((await Train(folder, workers: 2, silos: 1))!);
        int steps = 0;
        string again = Describe(
            (await Train(folder, workers: 2, silos: 1, new Watcher(run => steps += run.Phase == RunPhase.Training ? 1 : 0, _ => { })))!);
        Assert.Equal(first, again);
        Assert.Equal(0, steps);
    }

    [Fact]
    public async Task Another_seed_gives_other_weights()
    {
        var spec = Spec with { Seed = 8 };
        using var folder = RunFolder.Create(_folder, DateTimeOffset.UnixEpoch, spec);
        Assert.NotEqual(await OneWorker.Value, Describe((await Train(folder, workers: 2, silos: 1, spec: spec))!));
    }

    private async Task<RunResult?> TrainAfresh(int workers, int silos, RunSpec? spec = null)
    {
        using var folder = RunFolder.Create(_folder, DateTimeOffset.UnixEpoch, spec ?? Spec);
        return await Train(folder, workers, silos, spec: spec);
    }

    private RunFolder NewFolder() => RunFolder.Create(_folder, DateTimeOffset.UnixEpoch, Spec);

    private static async Task<RunResult?> Train(
        RunFolder folder, int workers, int silos, IRunObserver? view = null, CancellationToken? stop = null, RunSpec? spec = null)
    {
        await using var cluster = await LocalCluster.Start(silos, new LoadedDataSet(Data), CancellationToken.None);
        return await TrainOn(cluster, folder, new RunOptions { Workers = workers, Silos = silos }, view, end: stop, spec: spec);
    }

    private static async Task<RunResult?> TrainOn(
        LocalCluster cluster, RunFolder folder, RunOptions options, IRunObserver? view = null, RunControl? control =
            null, CancellationToken? end = null, RunSpec? spec = null)
    {
        spec ??= Spec;
        var start = folder.Checkpoints.LoadNewest(spec).Checkpoint
            ?? new Checkpoint(spec, TrainingState.Initial(spec, InitialWeights.Create(spec)), [], Term: 0, ElapsedSeconds: 0);
        view ??= new Watcher(_ => { }, _ => { });
        return await new TrainingRun(folder, start, Data, cluster.Grains, options, view, control: control)
            .Train(end ?? TestContext.Current.CancellationToken);
    }

    /// <summary>All of a result that has to be equal, to the last bit.</summary>
    private static string Describe(RunResult result) => string.Join('\n', (IEnumerable<string>)
    [
        WeightsDigest.Of(result.Weights),
        $"test {result.Test.Loss:R} {result.Test.Accuracy:R}",
        .. result.History.Select(epoch => $"{epoch.Epoch} {epoch.TrainLoss:R} {epoch.TrainAccuracy:R} {epoch.ValidationLoss:R} "
            + $"{epoch.ValidationAccuracy:R} {epoch.LearningRate:R}"),
    ]);

    private sealed class Watcher(Action<RunSnapshot> progress, Action<EpochRecord> epochDone, Action<string>? note = null) : IRunObserver
    {
        public List<string> Notes { get; } = [];

        public void Progress(RunSnapshot run) => progress(run);

        public void EpochDone(EpochRecord epoch) => epochDone(epoch);

        public void Note(string message)
        {
            Notes.Add(message);
            note?.Invoke(message);
        }
    }
}
