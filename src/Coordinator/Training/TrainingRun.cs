using System.Globalization;
using System.Runtime.InteropServices;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// The run loop: opens the parameter server, asks for workers, follows the training, takes the result of each epoch and a checkpoint every
/// few seconds, until the test images are evaluated or the run is stopped. The cluster does the rest.
/// </summary>
public sealed class TrainingRun
{
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastCalls = TimeSpan.FromSeconds(5);

    private readonly RunFolder _folder;
    private readonly RunSpec _spec;
    private readonly DataSet _data;
    private readonly RunOptions _options;
    private readonly IRunView _view;
    private readonly TimeProvider _time;
    private readonly RunControl _control;
    private readonly IParameterServerGrain _server;
    private readonly DirectoryEntry _entry;
    private readonly RequestHandler _requests;
    private readonly Quorum _quorum;
    private readonly IncidentLines _incidents;
    private readonly RunTeller _teller;
    private readonly PatientDisk _disk;
    private readonly EpochClock _clock;
    private readonly SlotPlan _plan;
    private readonly string _fingerprint;
    private readonly Guid _coordinator = Guid.NewGuid();
    private readonly List<EpochRecord> _history = [];
    private CheckpointKeeper _keeper = null!;
    private int _term;
    private bool _isOpen;
    private bool _isAnothers; // The run is another coordinator's: nothing of it is ours to end.
    private bool _hasLookedForSurvivor;
    private bool _isHeld;
    private RunPhase? _seen;
    private long? _idleSince;
    private long? _silentSince;
    private long? _stoppingSince;

    /// <summary>Makes the loop; nothing begins yet.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="spec">The run.</param>
    /// <param name="data">The data set.</param>
    /// <param name="grains">The cluster.</param>
    /// <param name="options">What does not shape the result.</param>
    /// <param name="view">Who is told how it goes.</param>
    /// <param name="time">The clock of every wait; the system's by default.</param>
    /// <param name="control">What people want of the run; by default it is only steered through its folder.</param>
    public TrainingRun(
        RunFolder folder, RunSpec spec, DataSet data, IGrainFactory grains, RunOptions options, IRunView view, TimeProvider? time = null, RunControl? control = null)
    {
        _folder = folder;
        _spec = spec;
        _data = data;
        _options = options;
        _view = view;
        _time = time ?? TimeProvider.System;
        _control = control ?? new RunControl();
        _server = grains.GetGrain<IParameterServerGrain>(folder.Id);
        _entry = new DirectoryEntry(grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key), folder.Id, _time);
        _requests = new RequestHandler(folder.Requests, spec, options, _control, view.Note);
        _quorum = new Quorum(options.MinWorkers, options.QuorumTimeout, _time, view.Note);
        _incidents = new IncidentLines(view.Note);
        _teller = new RunTeller(folder, spec, view);
        _disk = new PatientDisk(options.DiskPatience, _time, view.Note);
        _clock = new EpochClock(_time);
        _plan = new SlotPlan(spec);
        _fingerprint = Fingerprint.Of(spec);
    }

    /// <summary>What the run took of the cluster so far.</summary>
    public ClusterUsage Usage { get; } = new();

    /// <summary>How many workers the run wants now, over all silos.</summary>
    public int Workers => _requests.Workers;

    /// <summary>How a person names the run in a command.</summary>
    private string Shown => ShellWord.Of(Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path));

    private double TrainingSeconds => _history.Sum(epoch => epoch.Seconds) + _clock.EpochSeconds;

    /// <summary>Trains from a checkpoint to the end, or until the run is stopped.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="end">Ends the run at once, with the checkpoint that there is.</param>
    /// <returns>The result; null if the run was ended at once.</returns>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    /// <exception cref="QuorumException">There were too few workers for too long.</exception>
    /// <exception cref="TimeoutException">The cluster has not answered for too long.</exception>
    public async Task<RunResult?> Train(Checkpoint from, CancellationToken end)
    {
        _keeper = new CheckpointKeeper(_folder.Checkpoints, from, _view.Note);
        Rewind();
        try
        {
            var result = await Loop(end);
            _teller.Ended(result.IsStopped ? RunActivity.Stopped : RunActivity.Done, _keeper.Last, result.Test.Accuracy);
            return result;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is RunFailedException or QuorumException or TimeoutException)
        {
            if (!_isAnothers)
                _teller.Ended(RunActivity.Failed, _keeper.Last, note: e.Message);
            throw;
        }
        finally
        {
            // Neither call may hide why the run ends; workers that are not told will notice.
            if (!_isAnothers)
                await Task.WhenAll(Try(_entry.Remove()), Try(_server.Close(_term)));
        }
    }

    private async Task<RunResult> Loop(CancellationToken end)
    {
        while (true)
        {
            try
            {
                end.ThrowIfCancellationRequested();
                _requests.TakeRequests();
                if (IsTimeToStop())
                    return await Stop(end);
                if (!_isOpen)
                    await OpenNextTerm(end);
                else if (await Proceed(end) is { } result)
                    return result;
                Answered();
            }
            catch (Exception e) when (IsEndured(e))
            {
                await Endure(e, end);
            }
        }
    }

    /// <summary>Looks at the run once, and does what it asks for.</summary>
    private async Task<RunResult?> Proceed(CancellationToken end)
    {
        _entry.Renew(_requests.Workers, _options.Silos);
        await HoldOrLetGo(end);
        var status = await _server.Watch(_term, _seen).WaitAsync(end);
        if (status.Term > _term || _folder.TakenBy is not null)
        {
            _isAnothers = true;
            throw new RunFailedException($"Term {_term} of run {_folder.Id} is no longer open: another coordinator has taken the run over.");
        }

        if (status.Term < _term)
        {
            _view.Note($"The parameter server is lost; the run goes on from step {_keeper.Last.State.Step}.");
            Rewind();
            return null;
        }

        Follow(status);
        if (status.Phase == RunPhase.Failed)
            throw new RunFailedException(status.Failure!);
        if (HasBeenIdle(status))
            throw new RunFailedException(status.Trouble!) { CanGoOn = true };
        if (_quorum.Problem is { } tooFew)
            return await GiveUp(tooFew, end);
        if (status.Phase == RunPhase.Done)
            return await Finish(status, end);

        bool isNewlyPaused = status.Phase == RunPhase.Paused && _seen != RunPhase.Paused;
        _seen = status.Phase;
        if (status.Phase == RunPhase.EpochDone)
            await EndEpoch(status, end);
        else if (status.IsLeaving)
            await HandOver(end);
        else if (isNewlyPaused || (_clock.SinceCheckpoint >= _options.CheckpointInterval && !(_keeper.IsSaved && _keeper.Last.State.Step == status.Step)))
            await TakeCheckpoint(end);
        if (isNewlyPaused && !_control.IsStopping)
            _view.Note(string.Create(CultureInfo.InvariantCulture, $"Paused at step {status.Step:N0} of {_plan.TotalSteps:N0}; ./mnist resume {Shown} goes on."));
        return null;
    }

    private async Task OpenNextTerm(CancellationToken end)
    {
        _term = await _disk.Write("The number of the run's next term", _folder.NextTerm, () => _keeper.OnDisk, end);
        await LookForSurvivor(end);
        byte[] state = _keeper.Last.State.ToBytes();
        if (MessageSize.Problem(state.Length, "training state") is { } tooLarge)
            throw new RunFailedException(tooLarge);
        bool isHeld = IsToBeHeld;
        var reply = await _server.Open(new OpenRequest
        {
            Term = _term,
            Spec = RunSpecJson.Write(_spec),
            State = state,
            EpochsEvaluated = _history.Count,
            TestImages = _data.Test.Count,
            Fingerprint = _fingerprint,
            ProtocolVersion = TrainingProtocol.Version,
            Coordinator = _coordinator,
            MinWorkers = _options.MinWorkers,
            IsPaused = isHeld,
        }).WaitAsync(end);
        _isAnothers = reply.Problem is not null;
        if (reply.Problem is not null)
            throw new RunFailedException(reply.Problem);
        if (reply.TryAgain)
        {
            await Task.Delay(Breath, _time, end);
            return;
        }

        (_isOpen, _isHeld, _seen) = (true, isHeld, null);
        Usage.BeginTerm();
        _incidents.BeginTerm();
    }

    /// <summary>A coordinator that is gone may have left its parameter server, and workers that went on: then nothing of their work is lost.</summary>
    private async Task LookForSurvivor(CancellationToken end)
    {
        if (_hasLookedForSurvivor)
            return;
        _hasLookedForSurvivor = true;
        if (_term == 1)
            return;
        try
        {
            var taken = await SurvivingTerm.Take(_server, _keeper.Last, _term).WaitAsync(LastCalls, _time, end);
            if (taken is null)
                return;
            _view.Note($"The parameter server of the run's last coordinator still lives: the run goes on from step {taken.State.Step}, not from step {_keeper.Last.State.Step}.");
            _keeper.Keep(taken);
            Rewind();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // Whatever is there, the checkpoint is enough.
        }
    }

    /// <summary>Goes back to the newest state that is kept; the next term begins there.</summary>
    private void Rewind()
    {
        _isOpen = false;
        _history.Clear();
        _history.AddRange(_keeper.Last.History);
        _clock.Begin(_keeper.Last.ElapsedSeconds - _history.Sum(epoch => epoch.Seconds));
    }

    private bool IsToBeHeld => _control.IsPaused || _control.IsStopping;

    private async Task HoldOrLetGo(CancellationToken end)
    {
        bool isHeld = IsToBeHeld;
        if (isHeld == _isHeld)
            return;
        await (isHeld ? _server.Pause(_term) : _server.Resume(_term)).WaitAsync(end);
        if (!isHeld)
            _view.Note("The run goes on.");
        _isHeld = isHeld;
    }

    /// <summary>Takes the state out of a parameter server whose silo is about to go; the next term opens elsewhere, and no step is lost.</summary>
    private async Task HandOver(CancellationToken end)
    {
        if (await _server.HandOver(_term).WaitAsync(end) is { } state)
            Keep(state);
        _view.Note($"The silo of the parameter server goes; the run goes on elsewhere, from step {_keeper.Last.State.Step}.");
        Rewind();
    }

    private void Answered()
    {
        if (_silentSince is not null)
            _view.Note("The cluster answers again.");
        _silentSince = null;
    }

    /// <summary>Whether an error is the cluster's, and may pass: silos that are lost, or a state that was damaged on its way.</summary>
    private static bool IsEndured(Exception error) => error is OrleansException or TimeoutException or InvalidDataException;

    /// <summary>Waits out what a cluster does when it loses a silo; every call of the loop can be made again.</summary>
    private async Task Endure(Exception cause, CancellationToken end)
    {
        if (_silentSince is null)
            _view.Note($"The cluster does not answer{(cause is InvalidDataException ? " as it should" : "")} ({Why(cause)}); trying again.");
        _silentSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_silentSince.Value) > _options.Unreachable)
            throw new TimeoutException($"nothing came back for {_options.Unreachable.TotalSeconds:N0} s. ({Why(cause)})");
        await Task.Delay(Breath, _time, end);
    }

    private static string Why(Exception cause) => cause is TimeoutException ? "no answer in time" : OneLine.Brief(cause.Message);

    private void Follow(RunStatus status)
    {
        _clock.Saw(status.Phase, status.Step);
        Usage.Saw(status, _clock.TotalSeconds);
        _incidents.Saw(status);
        _quorum.Saw(status);
        _teller.Saw(status, _history, _clock.StepsPerSecond, _quorum.Waiting);
    }

    private async Task EndEpoch(RunStatus status, CancellationToken end)
    {
        // Where only the answer to Continue was lost, its result is taken already.
        if (_history.Count * _plan.StepsPerEpoch < status.Step)
        {
            if (await _server.Logits(_term, status.Step).WaitAsync(end) is not { } logits || await _server.Snapshot(_term).WaitAsync(end) is not { } state)
                return;
            Evaluation? validation = _spec.Validation == 0 ? null
                : Evaluate(logits, _data.Train.Labels.Slice(_spec.TrainingImages - _spec.Validation, _spec.Validation));
            var record = new EpochRecord
            {
                Epoch = _history.Count,
                TrainLoss = status.Loss / status.Samples,
                TrainAccuracy = (double)status.Hits / status.Samples,
                ValidationLoss = validation?.Loss,
                ValidationAccuracy = validation?.Accuracy,
                Seconds = _clock.EpochSeconds,
                LearningRate = LearningRate.At(_spec.Recipe, status.Step - 1, _plan.StepsPerEpoch, _plan.TotalSteps),
            };
            _history.Add(record);
            _clock.Begin(0);
            Keep(state);
            _view.EpochDone(record);
        }

        await _server.Continue(_term, status.Step).WaitAsync(end);
        _seen = null;
    }

    private async Task<RunResult?> Finish(RunStatus status, CancellationToken end)
    {
        if (await _server.Logits(_term, status.Step).WaitAsync(end) is not { } logits || await _server.Snapshot(_term).WaitAsync(end) is not { } state)
            return null;
        Keep(state);
        await SaveForGood(end);
        return Result(Evaluate(logits, _data.Test.Labels));
    }

    /// <summary>A run that is stopped finishes the step, or the evaluation, that is in progress, if that comes soon.</summary>
    private bool IsTimeToStop()
    {
        if (!_control.IsStopping)
            return false;
        if (_stoppingSince is null)
            _view.Note("Stopping after the step in progress ...");
        _stoppingSince ??= _time.GetTimestamp();
        return !_isOpen || (_isHeld && _seen == RunPhase.Paused) || _time.GetElapsedTime(_stoppingSince.Value) > _options.StopTimeout;
    }

    /// <summary>Ends the run where it is: saves it first, then evaluates it in this process, which needs no worker.</summary>
    private async Task<RunResult> Stop(CancellationToken end)
    {
        await TryCheckpoint(end);
        await SaveForGood(end);
        var result = Result(Evaluation.From(Classifier.Logits(_spec, _keeper.Last.State.Weights, _data.Test, end), _data.Test.Labels));
        // What was asked while it was evaluated gets its answer.
        _requests.TakeRequests();
        return result;
    }

    private async Task<RunResult?> GiveUp(string why, CancellationToken end)
    {
        await TryCheckpoint(end);
        await SaveForGood(end);
        throw new QuorumException(string.Create(CultureInfo.InvariantCulture, $"{why} It is saved at step {_keeper.Last.State.Step:N0}."));
    }

    private RunResult Result(Evaluation test)
    {
        var last = _keeper.Last;
        bool isWhole = last.State.Step == _plan.TotalSteps && last.History.Count == _spec.Epochs;
        return new RunResult(last.State.Weights, last.History, test, last.State.Step, last.ElapsedSeconds, IsStopped: !isWhole);
    }

    private async Task TakeCheckpoint(CancellationToken end)
    {
        if (await _server.Snapshot(_term).WaitAsync(end) is { } state)
            Keep(state);
    }

    /// <summary>The last checkpoint of a run that ends; the one before will do where the cluster does not answer.</summary>
    private async Task TryCheckpoint(CancellationToken end)
    {
        try
        {
            if (_isOpen)
                await TakeCheckpoint(end);
        }
        catch (Exception e) when (IsEndured(e))
        {
            _view.Note($"The cluster does not answer ({Why(e)}); the run ends at step {_keeper.Last.State.Step}.");
        }
    }

    private void Keep(byte[] state)
    {
        _keeper.Keep(new Checkpoint(_spec, TrainingState.FromBytes(state, _spec), [.. _history], _term, TrainingSeconds));
        _clock.TookCheckpoint();
    }

    private Task<bool> SaveForGood(CancellationToken end) => _disk.Write("The checkpoint", _keeper.Save, () => _keeper.OnDisk, end);

    /// <summary>Whether no worker has taken part for a while, and one of them said why.</summary>
    private bool HasBeenIdle(RunStatus status)
    {
        if (status.Workers > 0 || status.Trouble is null)
            _idleSince = null;
        else
            _idleSince ??= _time.GetTimestamp();
        return _idleSince is { } since && _time.GetElapsedTime(since) > _options.Patience;
    }

    private async Task Try(Task call)
    {
        try
        {
            await call.WaitAsync(LastCalls, _time);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
        }
    }

    private static Evaluation Evaluate(byte[] logits, ReadOnlySpan<byte> labels) => Evaluation.From(MemoryMarshal.Cast<byte, float>(logits), labels);
}
