using System.Runtime.InteropServices;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// The run loop: opens the next term from what is kept, follows it until it ends, and decides by how it ended, until the test images are
/// evaluated or the run is stopped. The cluster does the rest.
/// </summary>
public sealed class TrainingRun
{
    private readonly RunContext _run;
    private readonly DirectoryEntry _entry;
    private readonly RequestHandler _requests;
    private readonly ClusterPatience _cluster;
    private readonly TermOpener _opener;
    private readonly TermFollower _follower;
    private long? _stoppingSince;

    /// <summary>Makes the loop; nothing begins yet.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="from">Where to begin, and what the run is.</param>
    /// <param name="data">The data set.</param>
    /// <param name="grains">The cluster.</param>
    /// <param name="options">What does not shape the result.</param>
    /// <param name="observer">Who is told how it goes, beside the run's folder.</param>
    /// <param name="time">The clock of every wait; the system's by default.</param>
    /// <param name="control">What people want of the run; by default it is only steered through its folder.</param>
    public TrainingRun(
        RunFolder folder, Checkpoint from, DataSet data, IGrainFactory grains, RunOptions options, IRunObserver observer,
        TimeProvider? time = null, RunControl? control = null)
    {
        _run = new RunContext(folder, from, data, grains, options, observer, time ?? TimeProvider.System, control ?? new RunControl());
        _entry = new DirectoryEntry(grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key), folder.Id, _run.Time);
        _requests = new RequestHandler(folder.Requests, _run.Spec, options, _run.Control, _run.Observer.Note);
        _cluster = new ClusterPatience(options.Unreachable, _run.Time, _run.Observer);
        _opener = new TermOpener(_run);
        _follower = new TermFollower(_run, _entry, _requests);
    }

    /// <summary>Trains to the end, or until the run is stopped.</summary>
    /// <param name="end">Ends the run at once, with the checkpoint that there is.</param>
    /// <returns>The result; null if the run was ended at once.</returns>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    /// <exception cref="QuorumException">There were too few workers for too long.</exception>
    /// <exception cref="TimeoutException">The cluster has not answered for too long.</exception>
    public async Task<RunResult?> Train(CancellationToken end)
    {
        bool isOurs = true;
        try
        {
            while (true)
            {
                switch (Recovery.After(await FollowNextTerm(end), _run.Keeper.Last.State.Step))
                {
                    case NextAction.OpenNextTerm next:
                        _run.Observer.Incident(next.Incident, next.Note);
                        break;
                    case NextAction.Finish finish:
                        return await Finish(finish.Logits, end);
                    case NextAction.Fail fail:
                        isOurs = fail.IsOurs;
                        if (fail.IsSavedFirst)
                            await Save(end);
                        throw fail.IsReported ? Failed(fail.Error.Message, end) : fail.Error;
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (isOurs && e is RunFailedException { Result: null } or QuorumException or TimeoutException)
        {
            _run.Watch.End(RunActivity.Failed, _run.Keeper.Last, note: e.Message);
            throw;
        }
        finally
        {
            // Neither call may hide why the run ends; workers that are not told will notice.
            if (isOurs)
                await Task.WhenAll(Try(_entry.Remove()), Try(_run.Server.Close(_opener.Term)));
        }
    }

    /// <summary>Opens the next term, as soon as the cluster lets it, and follows it until it ends.</summary>
    private async Task<TermEnd> FollowNextTerm(CancellationToken end)
    {
        OpenTerm? term = null;
        while (true)
        {
            end.ThrowIfCancellationRequested();
            _requests.TakeRequests();
            if (IsTimeToStop(term))
                return await Stop(term);
            try
            {
                (term, var ended) = term is null ? await _opener.Open(end) : (term, await _follower.Look(term));
                _cluster.Answered();
                if (ended is not null)
                    return ended;
            }
            catch (Exception e) when (ClusterPatience.IsPassing(e))
            {
                if (await _cluster.RetryLater(e, end) is { } why)
                    return new TermEnd.Unreachable(why);
            }
        }
    }

    /// <summary>A run that is stopped finishes the step, or the evaluation, that is in progress, if that comes soon.</summary>
    private bool IsTimeToStop(OpenTerm? term)
    {
        if (!_run.Control.IsStopping)
            return false;
        if (_stoppingSince is null)
            _run.Observer.Note("Stopping after the step in progress ...");
        _stoppingSince ??= _run.Time.GetTimestamp();
        return term is null or { IsAtRest: true } || _run.Time.GetElapsedTime(_stoppingSince.Value) > _run.Options.StopTimeout;
    }

    private async Task<TermEnd> Stop(OpenTerm? term)
    {
        if (term is not null)
            await _follower.TakeLastCheckpoint(term);
        return new TermEnd.Stopped();
    }

    /// <summary>Saves the newest state, and evaluates it: by the cluster's logits, or in this process.</summary>
    private async Task<RunResult> Finish(byte[]? logits, CancellationToken end)
    {
        await Save(end);
        var last = _run.Keeper.Last;
        var images = _run.Data.Test;
        var test = Evaluation.From(
            logits is null ? Classifier.Logits(_run.Spec, last.State.Weights, images, end) : MemoryMarshal.Cast<byte, float>(logits),
            images.Labels, _run.Spec.Network.Classes);
        // What was asked of a run that stops while it was evaluated gets its answer.
        if (logits is null)
            _requests.TakeRequests();
        bool isWhole = last.State.Step == new SlotPlan(_run.Spec).TotalSteps && last.History.Count == _run.Spec.Epochs;
        return End(isWhole ? RunActivity.Done : RunActivity.Stopped, test, null);
    }

    /// <summary>The run comes to no more: the newest state that is kept is evaluated in this process.</summary>
    private RunFailedException Failed(string why, CancellationToken end)
    {
        var images = _run.Data.Test;
        var logits = Classifier.Logits(_run.Spec, _run.Keeper.Last.State.Weights, images, end);
        var test = Evaluation.From(logits, images.Labels, _run.Spec.Network.Classes);
        return new RunFailedException(why) { Result = End(RunActivity.Failed, test, why) };
    }

    private RunResult End(RunActivity activity, Evaluation test, string? failure)
    {
        var last = _run.Keeper.Last;
        _run.Watch.End(activity, last, test, failure);
        return new RunResult(
            last.State.Weights, last.History, test, last.State.Step, last.ElapsedSeconds, IsStopped: activity == RunActivity.Stopped)
        {
            Failure = failure,
            Usage = _run.Watch.Usage,
            Warnings = _run.Watch.Warnings,
            Workers = _requests.Workers,
        };
    }

    private Task<bool> Save(CancellationToken end) => _run.Disk.Write("The checkpoint", _run.Keeper.Save, () => _run.Keeper.OnDisk, end);

    private async Task Try(Task call)
    {
        try
        {
            await call.WaitAsync(ClusterPatience.BestEffort, _run.Time);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
        }
    }
}
