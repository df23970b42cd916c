using System.Security.Cryptography;
using MnistDistributed.Coordinator.Run;
using MnistDistributed.Coordinator.Views;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Run;

/// <summary>Whole runs on a small network and data set: the cluster is not part of the result.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private static readonly DataSet Data =
        new(Fingerprint.SyntheticImages(360), Fingerprint.SyntheticImages(90), Convert.ToHexStringLower(SHA256.HashData("small"u8)));

    private static readonly RunSpec Spec = new()
    {
        Seed = 7,
        Slots = 8,
        Batch = 32,
        Epochs = 3,
        Validation = 55,
        TrainingImages = Data.Train.Count,
        DataDigest = Data.Digest,
        Network = new CnnShape(16, 16, 16),
        Recipe = new Recipe { Shift = 1, LabelSmoothing = 0.05, WeightDecay = 1e-4, ClipNorm = 1 },
    };

    private static readonly Lazy<Task<string>> OneWorker = new(async () =>
    {
        using var alone = new TrainingRunTests();
        return Describe((await alone.Train(alone.NewFolder(), workers: 1, silos: 1))!);
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
        Assert.Equal(await OneWorker.Value, Describe((await Train(NewFolder(), workers, silos))!));

    [Fact]
    public async Task A_run_that_is_stopped_at_once_resumes_to_the_same_bits()
    {
        var folder = NewFolder();
        Assert.Null(await Train(folder, workers: 2, silos: 1, stop: new CancellationToken(canceled: true)));
        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 3, silos: 1))!));
    }

    [Fact]
    public async Task A_run_that_is_stopped_after_an_epoch_resumes_to_the_same_bits_in_a_later_term()
    {
        var folder = NewFolder();
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
        var folder = NewFolder();
        string first = Describe((await Train(folder, workers: 2, silos: 1))!);
        int steps = 0;
        string again = Describe((await Train(folder, workers: 2, silos: 1, new Watcher(run => steps += run.Phase == RunPhase.Training ? 1 : 0, _ => { })))!);
        Assert.Equal(first, again);
        Assert.Equal(0, steps);
    }

    [Fact]
    public async Task Another_seed_gives_other_weights()
    {
        var spec = Spec with { Seed = 8 };
        var folder = RunFolder.Create(_folder, DateTimeOffset.UnixEpoch, spec);
        Assert.NotEqual(await OneWorker.Value, Describe((await Train(folder, workers: 2, silos: 1, spec: spec))!));
    }

    private RunFolder NewFolder() => RunFolder.Create(_folder, DateTimeOffset.UnixEpoch, Spec);

    private async Task<RunResult?> Train(
        RunFolder folder, int workers, int silos, IRunView? view = null, CancellationToken stop = default, RunSpec? spec = null)
    {
        spec ??= Spec;
        var start = folder.Checkpoints.LoadNewest(spec).Checkpoint
            ?? new Checkpoint(spec, TrainingState.Initial(spec, InitialWeights.Create(spec)), [], Term: 0, ElapsedSeconds: 0);
        await using var cluster = await LocalCluster.Start(silos, new LoadedDataSet(Data), CancellationToken.None);
        var options = new RunOptions { Workers = workers, Silos = silos };
        return await new TrainingRun(folder, spec, Data, cluster.Grains, options, view ?? new Watcher(_ => { }, _ => { })).Train(start, stop);
    }

    /// <summary>All of a result that has to be equal, to the last bit.</summary>
    private static string Describe(RunResult result) => string.Join('\n', (IEnumerable<string>)
    [
        WeightsDigest.Of(result.Weights),
        $"test {result.Test.Loss:R} {result.Test.Accuracy:R}",
        .. result.History.Select(epoch => $"{epoch.Epoch} {epoch.TrainLoss:R} {epoch.TrainAccuracy:R} {epoch.ValidationLoss:R} {epoch.ValidationAccuracy:R} {epoch.LearningRate:R}"),
    ]);

    private sealed class Watcher(Action<RunView> progress, Action<EpochRecord> epochDone) : IRunView
    {
        public void Progress(RunView run) => progress(run);

        public void EpochDone(EpochRecord epoch) => epochDone(epoch);

        public void Note(string message)
        {
        }

        public void Dispose()
        {
        }
    }
}
