using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Training;

/// <summary>Runs that are paused, scaled and stopped, and runs whose disk or coordinator is lost.</summary>
public sealed partial class TrainingRunTests
{
    private static readonly RunOptions TwoWorkers = new() { Workers = 2 };

    [Fact]
    public async Task A_run_that_is_stopped_is_saved_and_evaluated_where_it_is_and_resumes_to_the_same_bits()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        var control = new RunControl();
        var view = new Watcher(
            run =>
            {
                if (run.Epoch == 2)
                    control.Stop();
            },
            _ => { });
        var stopped = (await TrainOn(cluster, folder, TwoWorkers, view, control))!;

        Assert.True(stopped.IsStopped);
        Assert.InRange(stopped.Steps, 10, 119);
        var checkpoint = folder.Checkpoints.LoadNewest(Spec).Checkpoint!;
        Assert.Equal(stopped.Steps, checkpoint.State.Step);
        Assert.Equal(WeightsDigest.Of(checkpoint.State.Weights), WeightsDigest.Of(stopped.Weights));
        Assert.Equal(stopped.Steps / 10, stopped.History.Count);
        var test = Evaluation.From(Classifier.Logits(Spec, stopped.Weights, Data.Test, CancellationToken.None), Data.Test.Labels);
        Assert.Equal((test.Loss, test.Accuracy), (stopped.Test.Loss, stopped.Test.Accuracy));
        Assert.Equal((RunActivity.Stopped, stopped.Steps), (State(folder).Activity, State(folder).Step));

        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 3, silos: 1))!));
        Assert.Equal((RunActivity.Done, 120), (State(folder).Activity, State(folder).Step));
    }

    [Fact]
    public async Task A_run_that_is_stopped_before_it_begins_tells_of_the_first_weights_and_trains_nothing()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        var control = new RunControl();
        control.Stop();
        var stopped = (await TrainOn(cluster, folder, TwoWorkers, control: control))!;
        Assert.True(stopped.IsStopped);
        Assert.Equal(0, stopped.Steps);
        Assert.Empty(stopped.History);
        Assert.Equal(0, folder.Checkpoints.LoadNewest(Spec).Checkpoint!.State.Step);
        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 2, silos: 1))!));
    }

    [Fact]
    public async Task A_run_that_is_stopped_without_workers_is_evaluated_all_the_same()
    {
        using var folder = NewFolder();
        // These silos have other data, so that no worker of theirs can take part.
        var other = new LoadedDataSet(new Model.Data.DataSet(Data.Train, Data.Test, new string('e', 64)));
        await using var cluster = await LocalCluster.Start(1, other, CancellationToken.None);
        var control = new RunControl();
        var options = new RunOptions { Workers = 1, Patience = TimeSpan.FromHours(1), StopTimeout = TimeSpan.FromMilliseconds(1) };
        var stopped = (await TrainOn(cluster, folder, options, new Watcher(_ => control.Stop(), _ => { }), control))!;
        Assert.True(stopped.IsStopped);
        Assert.Equal(Data.Test.Count, stopped.Test.Count);
    }

    [Fact]
    public async Task A_run_is_paused_and_resumed_by_requests_to_the_same_bits()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        List<int> pausedAt = [];
        RunState? whilePaused = null;
        var view = new Watcher(
            run =>
            {
                if (run.Phase != RunPhase.Paused)
                    return;
                pausedAt.Add(run.Step);
                if (pausedAt.Count < 3)
                    return;
                whilePaused ??= State(folder);
                Ask(folder, RunRequestKind.Resume);
            },
            epoch =>
            {
                if (epoch.Epoch == 0)
                    Ask(folder, RunRequestKind.Pause);
            });
        var result = await TrainOn(cluster, folder, TwoWorkers, view);

        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Single(pausedAt.Distinct());
        Assert.Equal(RunActivity.Paused, whilePaused!.Activity);
        Assert.Contains(view.Notes, note =>
            note.StartsWith($"Paused at step {whilePaused.Step} of 120; ./mnist resume ", StringComparison.Ordinal));
        Assert.False(result!.IsStopped);
    }

    [Fact]
    public async Task A_paused_run_that_loses_its_parameter_server_stays_paused()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        var server = cluster.Grains.GetGrain<Grains.ParameterServer.IParameterServerGrain>(folder.Id);
        var control = new RunControl();
        int looks = 0;
        var view = new Watcher(
            run =>
            {
                if (run.Phase != RunPhase.Paused)
                    return;
                // What is handed over is lost to the coordinator, as with its silo.
                if (++looks == 2)
                    server.HandOver(1).Wait();
                if (looks == 5)
                    control.Resume();
            },
            epoch =>
            {
                if (epoch.Epoch == 0)
                    control.Pause();
            });
        var result = await TrainOn(cluster, folder, TwoWorkers, view, control);
        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Equal(2, result!.Usage.Counters.Terms);
        Assert.Single(view.Notes, note => note.StartsWith("The parameter server is lost", StringComparison.Ordinal));
        Assert.Equal(5, looks);
    }

    [Fact]
    public async Task A_run_is_scaled_up_and_down_on_its_way_to_the_same_bits()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(2, new LoadedDataSet(Data), CancellationToken.None);
        var control = new RunControl();
        int[] wanted = [5, 2];
        List<RunRequest> sent = [];
        List<int> seen = [];
        var view = new Watcher(
            run =>
            {
                // It is held until the workers are there.
                if (run.Phase != RunPhase.Paused || seen.Count == sent.Count || run.Workers != wanted[seen.Count])
                    return;
                seen.Add(run.Workers);
                control.Resume();
            },
            _ =>
            {
                if (sent.Count > seen.Count || sent.Count == wanted.Length)
                    return;
                control.Pause();
                sent.Add(Ask(folder, RunRequestKind.Scale, wanted[sent.Count]));
            });
        var options = new RunOptions { Workers = 1, Silos = 2 };
        var result = await TrainOn(cluster, folder, options, view, control);

        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Equal(wanted, seen);
        var answer = folder.Requests.TryTakeAnswer(sent[0])!;
        Assert.True(answer.IsDone);
        Assert.StartsWith("5 workers from the next step on. 5 workers on 8 slots: at most 4 times the speed of one.", answer.Text,
            StringComparison.Ordinal);
        Assert.Equal("2 workers from the next step on. 2 workers on 8 slots: at most 2 times the speed of one.",
            folder.Requests.TryTakeAnswer(sent[1])!.Text);
    }

    [Fact]
    public async Task More_workers_than_slots_and_fewer_than_the_run_needs_are_refused()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        List<RunRequest> sent = [];
        var view = new Watcher(
            _ => { },
            epoch =>
            {
                if (epoch.Epoch == 0)
                    sent.AddRange([Ask(folder, RunRequestKind.Scale, 9), Ask(folder, RunRequestKind.Scale, 1)]);
            });
        await TrainOn(cluster, folder, new RunOptions { Workers = 2, MinWorkers = 2 }, view);
        var tooMany = folder.Requests.TryTakeAnswer(sent[0])!;
        Assert.False(tooMany.IsDone);
        Assert.Equal("8 slots share the work of 8 workers at most; --slots 16 --batch 64 would let 16 take part: another spec, and another "
            + "result.", tooMany.Text);
        var tooFew = folder.Requests.TryTakeAnswer(sent[1])!;
        Assert.False(tooFew.IsDone);
        Assert.Contains("--min-workers 2", tooFew.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_with_too_few_workers_for_too_long_is_saved_and_ends()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        var options = new RunOptions { Workers = 1, MinWorkers = 2, QuorumTimeout = TimeSpan.FromSeconds(2.5) };
        var view = new Watcher(_ => { }, _ => { });
        var error = await Assert.ThrowsAsync<QuorumException>(() => TrainOn(cluster, folder, options, view));
        Assert.Equal("The run needs 2 workers, and for 2.5 s there were 1 at most. It is saved at step 0.", error.Message);
        Assert.Equal("The run is waiting for workers: 1 of 2 are here.", Assert.Single(view.Notes));
        Assert.Equal(0, folder.Checkpoints.LoadNewest(Spec).Checkpoint!.State.Step);
        Assert.Equal(await OneWorker.Value, Describe((await Train(folder, workers: 2, silos: 1))!));
    }

    [Fact]
    public async Task A_disk_that_cannot_take_checkpoints_for_a_while_does_not_end_the_run()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        string inTheWay = Path.Combine(folder.Path, "checkpoints");
        File.WriteAllText(inTheWay, "");
        var server = cluster.Grains.GetGrain<Grains.ParameterServer.IParameterServerGrain>(folder.Id);
        bool isLost = false;
        var view = new Watcher(
            run =>
            {
                // The state in memory is what the next term begins with, though the disk has none.
                if (run.Epoch == 2 && run.Phase == RunPhase.Training && !isLost)
                    isLost = server.HandOver(1).Result is not null;
            },
            epoch =>
            {
                if (epoch.Epoch == 1)
                    File.Delete(inTheWay);
            });
        var result = await TrainOn(cluster, folder, TwoWorkers, view);
        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Single(view.Notes, note => note.StartsWith("The checkpoint is not on disk: ", StringComparison.Ordinal)
            && note.EndsWith("; the run goes on, there is no checkpoint yet; trying again every few seconds.", StringComparison.Ordinal));
        Assert.Single(view.Notes, note =>
            note.StartsWith("Checkpoints can be written again; the last good checkpoint is of step ", StringComparison.Ordinal));
        Assert.Single(view.Notes, note => note == "The parameter server is lost; the run goes on from step 10.");
        Assert.Equal(120, folder.Checkpoints.LoadNewest(Spec).Checkpoint!.State.Step);
    }

    [Fact]
    public async Task A_disk_that_takes_no_checkpoint_at_the_end_fails_the_run_after_a_while()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        File.WriteAllText(Path.Combine(folder.Path, "checkpoints"), "");
        var error =
            await Assert.ThrowsAsync<RunFailedException>(() => TrainOn(cluster, folder, TwoWorkers with { DiskPatience = TimeSpan.Zero }));
        Assert.StartsWith("The checkpoint is not on disk: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("; there is no checkpoint yet.", error.Message, StringComparison.Ordinal);
        Assert.True(error.CanGoOn);
    }

    [Fact]
    public async Task A_disk_that_cannot_take_the_next_term_is_waited_for()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        string term = Path.Combine(folder.Path, "term");
        File.Delete(term);
        Directory.CreateDirectory(term);
        var view = new Watcher(
            _ => { },
            _ => { },
            note =>
            {
                if (note.StartsWith("The number of the run's next term is not on disk", StringComparison.Ordinal))
                    Directory.Delete(term);
            });
        Assert.Equal(await OneWorker.Value, Describe((await TrainOn(cluster, folder, TwoWorkers, view))!));
        Assert.Single(view.Notes, note => note == "The number of the run's next term is written now.");
    }

    [Fact]
    public async Task A_resumed_run_goes_on_from_the_parameter_server_that_its_last_coordinator_left()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        await EndInEpoch(2, cluster, folder, Spec);
        Assert.Equal(10, folder.Checkpoints.LoadNewest(Spec).Checkpoint!.State.Step);

        int least = int.MaxValue;
        var view = new Watcher(run => least = Math.Min(least, run.Step), _ => { });
        var result = await TrainOn(cluster, folder, TwoWorkers, view);
        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Single(view.Notes, note => note.StartsWith(
            "The parameter server of the run's last coordinator still lives: the run goes on from step ", StringComparison.Ordinal));
        Assert.InRange(least, 11, 20);
    }

    [Fact]
    public async Task A_resumed_run_does_not_take_the_state_of_another_run_of_its_name()
    {
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        var other = Spec with { Seed = 8 };
        using var folder = NewFolder();
        using (var others = RunFolder.Create(Path.Combine(_folder, "others"), DateTimeOffset.UnixEpoch, other))
            await EndInEpoch(1, cluster, others, other);
        folder.NextTerm();
        var view = new Watcher(_ => { }, _ => { });
        Assert.Equal(await OneWorker.Value, Describe((await TrainOn(cluster, folder, TwoWorkers, view))!));
        Assert.DoesNotContain(view.Notes, note => note.Contains("still lives", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_that_hangs_does_not_hold_a_run_up()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        int renewals = 0, whileItHangs = 0;
        var never = new TaskCompletionSource<ClusterOffer>();
        var grains = MeddledGrains.Over(cluster.Grains, (method, _, call) => method == "Register" && renewals++ > 0 ? never.Task : call());
        var control = new RunControl();
        int looks = 0;
        var view = new Watcher(
            run =>
            {
                // Ten looks are long enough for several renewals.
                if (run.Phase != RunPhase.Paused || ++looks != 10)
                    return;
                whileItHangs = renewals;
                never.SetResult(new ClusterOffer { Silos = 1, Workers = 2 });
                control.Resume();
            },
            epoch =>
            {
                if (epoch.Epoch == 0)
                    control.Pause();
            });
        var result = await new TrainingRun(folder, Start(), Data, grains, TwoWorkers, view, control: control).Train(CancellationToken.None);
        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Equal(2, whileItHangs);
    }

    [Fact]
    public async Task A_training_state_that_is_damaged_on_its_way_is_asked_for_again()
    {
        using var folder = NewFolder();
        await using var cluster = await LocalCluster.Start(1, new LoadedDataSet(Data), CancellationToken.None);
        int snapshots = 0;
        var grains = MeddledGrains.Over(cluster.Grains, (method, _, call) =>
            method == "Snapshot" && ++snapshots % 2 == 1 ? Damaged((Task<byte[]?>)call()!) : call());
        List<int> told = [];
        var view = new Watcher(_ => { }, epoch => told.Add(epoch.Epoch));
        var result = await new TrainingRun(folder, Start(), Data, grains, TwoWorkers, view).Train(CancellationToken.None);
        Assert.Equal(await OneWorker.Value, Describe(result!));
        Assert.Equal(Enumerable.Range(0, Spec.Epochs), told);
        Assert.Contains("The cluster does not answer as it should (A training state's digest is not that of its bytes: it was damaged on "
            + "its way.); trying again.", view.Notes);

        static async Task<byte[]?> Damaged(Task<byte[]?> call)
        {
            byte[]? state = await call;
            state?[state.Length / 2] ^= 1;
            return state;
        }
    }

    /// <summary>Ends a run at once, with steps done that are in no checkpoint.</summary>
    private static async Task EndInEpoch(int epoch, LocalCluster cluster, RunFolder folder, RunSpec spec)
    {
        using var end = new CancellationTokenSource();
        var view = new Watcher(
            run =>
            {
                if (run.Epoch == epoch && run.StepInEpoch > 0)
                    end.Cancel();
            },
            _ => { });
        Assert.Null(await TrainOn(cluster, folder, TwoWorkers with
            { CheckpointInterval = TimeSpan.FromHours(1) }, view, end: end.Token, spec: spec));
    }

    private static Model.Storage.Checkpoint Start() => new(Spec, TrainingState.Initial(Spec), [], Term: 0, ElapsedSeconds: 0);

    private static RunState State(RunFolder folder) => RunState.Read(folder.Path)!;

    private static RunRequest Ask(RunFolder folder, RunRequestKind kind, int? workers = null) =>
        folder.Requests.Send(new RunRequest(kind, workers, "a test"), DateTimeOffset.UtcNow);
}
