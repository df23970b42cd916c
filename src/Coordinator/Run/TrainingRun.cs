using System.Runtime.InteropServices;
using MnistDistributed.Coordinator.Views;
using MnistDistributed.Grains;
using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Run;

/// <summary>
/// The run loop: opens the parameter server, asks for workers, follows the training, takes the result of each epoch and a checkpoint every
/// few seconds, until the test images are evaluated. The cluster does the rest.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="spec">The run.</param>
/// <param name="data">The data set.</param>
/// <param name="grains">The cluster.</param>
/// <param name="options">What does not shape the result.</param>
/// <param name="view">Who is told how it goes.</param>
/// <param name="time">The clock of every wait; the system's by default.</param>
public sealed class TrainingRun(
    RunFolder folder, RunSpec spec, DataSet data, IGrainFactory grains, RunOptions options, IRunView view, TimeProvider? time = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly IParameterServerGrain _server = grains.GetGrain<IParameterServerGrain>(folder.Id);
    private readonly IDirectoryGrain _directory = grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);
    private readonly Guid _coordinator = Guid.NewGuid();
    private readonly SlotPlan _plan = new(spec);
    private readonly EpochClock _clock = new(time ?? TimeProvider.System);
    private readonly string _fingerprint = Fingerprint.Of(spec);
    private readonly List<EpochRecord> _history = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private Checkpoint _last = null!;
    private int _term;
    private bool _isOpen;
    private bool _isRefused;
    private RunPhase? _seen;
    private long? _idleSince;
    private long? _silentSince;

    /// <summary>What the run took of the cluster so far.</summary>
    public ClusterUsage Usage { get; } = new();

    /// <summary>Trains from a checkpoint to the end.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="stop">Ends the run in order, after writing a checkpoint.</param>
    /// <returns>The result; null if the run was stopped before its end.</returns>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    /// <exception cref="TimeoutException">The cluster has not answered for too long.</exception>
    public async Task<RunResult?> Train(Checkpoint from, CancellationToken stop)
    {
        _last = from;
        try
        {
            while (true)
            {
                try
                {
                    if (!_isOpen)
                        await OpenNextTerm();
                    else if (await Proceed() is { } result)
                        return result;
                    if (stop.IsCancellationRequested)
                    {
                        await TakeCheckpoint();
                        return null;
                    }

                    Answered();
                }
                catch (Exception e) when (e is OrleansException or TimeoutException)
                {
                    if (stop.IsCancellationRequested)
                        return null;
                    await Endure(e, stop);
                }
            }
        }
        finally
        {
            // What was refused may be another coordinator's. Neither call may hide why the run ends; workers that are not told will notice.
            if (!_isRefused)
            {
                await Try(_directory.Remove(folder.Id));
                await Try(_server.Close(_term));
            }
        }
    }

    private double TrainingSeconds => _history.Sum(epoch => epoch.Seconds) + _clock.EpochSeconds;

    /// <summary>Looks at the run once, and does what it asks for.</summary>
    private async Task<RunResult?> Proceed()
    {
        await _directory.Register(folder.Id, options.Workers, options.Silos);
        var status = await _server.Watch(_term, _seen);
        if (status.Term > _term)
            throw new RunFailedException($"Term {_term} of run {folder.Id} is no longer open: another coordinator has taken the run over.");
        if (status.Term < _term)
        {
            view.Note($"The parameter server is lost; the run goes on from step {_last.State.Step}.");
            _isOpen = false;
            return null;
        }

        Follow(status);
        Warn(status);
        if (status.Phase == RunPhase.Failed)
            throw new RunFailedException(status.Failure!);
        if (HasBeenIdle(status))
            throw new RunFailedException(status.Trouble!);
        if (status.Phase == RunPhase.Done)
            return await Finish(status);
        _seen = status.Phase;
        if (status.Phase == RunPhase.EpochDone)
            await EndEpoch(status);
        else if (status.IsLeaving)
            await HandOver();
        else if (_clock.SinceCheckpoint >= options.CheckpointInterval)
            await TakeCheckpoint();
        return null;
    }

    private async Task OpenNextTerm()
    {
        _term = folder.NextTerm();
        _history.Clear();
        _history.AddRange(_last.History);
        _clock.Begin(_last.ElapsedSeconds - _history.Sum(epoch => epoch.Seconds));
        Usage.BeginTerm();
        byte[] state = _last.State.ToBytes();
        if (MessageSize.Problem(state.Length, "training state") is { } tooLarge)
            throw new RunFailedException(tooLarge);
        var reply = await _server.Open(new OpenRequest
        {
            Term = _term,
            Spec = RunSpecJson.Write(spec),
            State = state,
            EpochsEvaluated = _history.Count,
            TestImages = data.Test.Count,
            Fingerprint = _fingerprint,
            ProtocolVersion = TrainingProtocol.Version,
            Coordinator = _coordinator,
            MinWorkers = 1,
            IsPaused = false,
        });
        _isRefused = reply.Problem is not null;
        if (reply.Problem is not null)
            throw new RunFailedException(reply.Problem);
        _isOpen = !reply.IsLeaving;
        _seen = null;
        if (reply.IsLeaving)
            await Task.Delay(Pause, _time);
    }

    /// <summary>Takes the state out of a parameter server whose silo is about to go; the next term opens elsewhere, and no step is lost.</summary>
    private async Task HandOver()
    {
        if (await _server.HandOver(_term) is { } state)
            Save(state);
        view.Note($"The silo of the parameter server goes; the run goes on elsewhere, from step {_last.State.Step}.");
        _isOpen = false;
    }

    private void Answered()
    {
        if (_silentSince is not null)
            view.Note("The cluster answers again.");
        _silentSince = null;
    }

    /// <summary>Waits out what a cluster does when it loses a silo; every call of the loop can be made again.</summary>
    private async Task Endure(Exception cause, CancellationToken stop)
    {
        if (_silentSince is null)
            view.Note($"The cluster does not answer ({Why(cause)}); trying again.");
        _silentSince ??= _time.GetTimestamp();
        if (_time.GetElapsedTime(_silentSince.Value) > options.Unreachable)
            throw new TimeoutException($"nothing came back for {options.Unreachable.TotalSeconds:N0} s. ({Why(cause)})");
        await Task.Delay(Pause, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private static string Why(Exception cause) => cause is TimeoutException ? "no answer in time" : OneLine.Brief(cause.Message);

    private void Warn(RunStatus status)
    {
        // A refusal is said even where another worker has joined before the run was looked at, and once where it is the trouble too.
        foreach (string problem in status.Incidents)
        {
            if (_told.Add(problem))
                view.Note(problem);
        }
    }

    private void Follow(RunStatus status)
    {
        _clock.Saw(status.Phase, status.Step);
        Usage.Saw(status);
        int epoch = Math.Min(status.Phase == RunPhase.Training ? _plan.EpochOf(status.Step) : _history.Count, spec.Epochs - 1);
        // Before an epoch's first step the sums are still those of the epoch before.
        bool hasSums = status.Samples > 0 && !(status.Phase == RunPhase.Training && _plan.StepInEpoch(status.Step) == 0);
        view.Progress(new RunView
        {
            Phase = status.Phase,
            Epoch = epoch + 1,
            Epochs = spec.Epochs,
            Step = status.Step - epoch * _plan.StepsPerEpoch,
            Steps = _plan.StepsPerEpoch,
            Loss = hasSums ? status.Loss / status.Samples : null,
            Accuracy = hasSums ? (double)status.Hits / status.Samples : null,
            ImagesPerSecond = _clock.StepsPerSecond * _plan.Samples / _plan.StepsPerEpoch,
            TimeLeft = _clock.StepsPerSecond == 0 ? null : TimeSpan.FromSeconds((_plan.TotalSteps - status.Step) / _clock.StepsPerSecond),
            Workers = status.Workers,
            Evaluated = status.Evaluated,
            ToEvaluate = status.ToEvaluate,
        });
    }

    private async Task EndEpoch(RunStatus status)
    {
        // Where only the answer to Continue was lost, its result is taken already.
        if (_history.Count * _plan.StepsPerEpoch < status.Step)
        {
            if (await _server.Logits(_term, status.Step) is not { } logits || await _server.Snapshot(_term) is not { } state)
                return;
            Evaluation? validation = spec.Validation == 0 ? null
                : Evaluate(logits, data.Train.Labels.Slice(spec.TrainingImages - spec.Validation, spec.Validation));
            var record = new EpochRecord
            {
                Epoch = _history.Count,
                TrainLoss = status.Loss / status.Samples,
                TrainAccuracy = (double)status.Hits / status.Samples,
                ValidationLoss = validation?.Loss,
                ValidationAccuracy = validation?.Accuracy,
                Seconds = _clock.EpochSeconds,
                LearningRate = LearningRate.At(spec.Recipe, status.Step - 1, _plan.StepsPerEpoch, _plan.TotalSteps),
            };
            _history.Add(record);
            _clock.Begin(0);
            Save(state);
            view.EpochDone(record);
        }

        await _server.Continue(_term, status.Step);
        _seen = null;
    }

    private async Task<RunResult?> Finish(RunStatus status)
    {
        if (await _server.Logits(_term, status.Step) is not { } logits || await _server.Snapshot(_term) is not { } state)
            return null;
        Save(state);
        return new RunResult(_last.State.Weights, [.. _history], Evaluate(logits, data.Test.Labels));
    }

    private async Task TakeCheckpoint()
    {
        if (await _server.Snapshot(_term) is { } state)
            Save(state);
    }

    private void Save(byte[] state)
    {
        _last = new Checkpoint(spec, TrainingState.FromBytes(state, spec), [.. _history], _term, TrainingSeconds);
        folder.Checkpoints.Save(_last);
        _clock.TookCheckpoint();
    }

    /// <summary>Whether no worker has taken part for a while, and one of them said why.</summary>
    private bool HasBeenIdle(RunStatus status)
    {
        if (status.Workers > 0 || status.Trouble is null)
            _idleSince = null;
        else
            _idleSince ??= _time.GetTimestamp();
        return _idleSince is { } since && _time.GetElapsedTime(since) > options.Patience;
    }

    private async Task Try(Task call)
    {
        try
        {
            await call.WaitAsync(TimeSpan.FromSeconds(5), _time);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
        }
    }

    private static Evaluation Evaluate(byte[] logits, ReadOnlySpan<byte> labels) => Evaluation.From(MemoryMarshal.Cast<byte, float>(logits), labels);
}
