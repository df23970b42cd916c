using System.Diagnostics;
using System.Runtime.InteropServices;
using MnistDistributed.Coordinator.Views;
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
public sealed class TrainingRun(RunFolder folder, RunSpec spec, DataSet data, IGrainFactory grains, RunOptions options, IRunView view)
{
    private readonly IParameterServerGrain _server = grains.GetGrain<IParameterServerGrain>(folder.Id);
    private readonly IDirectoryGrain _directory = grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);
    private readonly SlotPlan _plan = new(spec);
    private readonly EpochClock _clock = new();
    private readonly string _fingerprint = Fingerprint.Of(spec);
    private readonly List<EpochRecord> _history = [];
    private Checkpoint _last = null!;
    private int _term;
    private long? _idleSince;

    /// <summary>Trains from a checkpoint to the end.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="stop">Ends the run in order, after writing a checkpoint.</param>
    /// <returns>The result; null if the run was stopped before its end.</returns>
    /// <exception cref="RunFailedException">The run cannot go on.</exception>
    public async Task<RunResult?> Train(Checkpoint from, CancellationToken stop)
    {
        _last = from;
        await OpenNextTerm();
        try
        {
            RunPhase? seen = null;
            while (true)
            {
                await _directory.Register(folder.Id, options.Workers, options.Silos);
                var status = await _server.Watch(_term, seen);
                if (status.Term > _term)
                    throw Superseded();
                if (status.Term < _term)
                {
                    view.Note($"The parameter server is lost; it goes on from step {_last.State.Step}.");
                    await OpenNextTerm();
                    seen = null;
                    continue;
                }

                Follow(status);
                seen = status.Phase;
                if (status.Phase == RunPhase.Failed)
                    throw new RunFailedException(status.Failure!);
                if (HasBeenIdle(status))
                    throw new RunFailedException(status.Trouble!);
                if (status.Phase == RunPhase.Done)
                    return await Finish(status);
                if (status.Phase == RunPhase.EpochDone)
                {
                    await EndEpoch(status);
                    seen = null;
                }
                else if (stop.IsCancellationRequested || _clock.SinceCheckpoint >= options.CheckpointInterval)
                {
                    await TakeCheckpoint();
                }

                if (stop.IsCancellationRequested)
                    return null;
            }
        }
        finally
        {
            // Neither call may hide why the run ends; workers that are not told will notice.
            await Try(_directory.Remove(folder.Id));
            await Try(_server.Close(_term));
        }
    }

    private double TrainingSeconds => _history.Sum(epoch => epoch.Seconds) + _clock.EpochSeconds;

    private async Task OpenNextTerm()
    {
        _term = folder.NextTerm();
        _history.Clear();
        _history.AddRange(_last.History);
        _clock.Begin(_last.ElapsedSeconds - _history.Sum(epoch => epoch.Seconds));
        string? problem = await _server.Open(new OpenRequest
        {
            Term = _term,
            Spec = RunSpecJson.Write(spec),
            State = _last.State.ToBytes(),
            EpochsEvaluated = _history.Count,
            TestImages = data.Test.Count,
            Fingerprint = _fingerprint,
        });
        if (problem is not null)
            throw new RunFailedException(problem);
    }

    private void Follow(RunStatus status)
    {
        _clock.Saw(status.Phase, status.Step);
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
        Evaluation? validation = spec.Validation == 0 ? null
            : Evaluate(await Logits(status.Step), data.Train.Labels.Slice(spec.TrainingImages - spec.Validation, spec.Validation));
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
        await TakeCheckpoint();
        view.EpochDone(record);
        await _server.Continue(_term, status.Step);
    }

    private async Task<RunResult> Finish(RunStatus status)
    {
        await TakeCheckpoint();
        return new RunResult(_last.State.Weights, [.. _history], Evaluate(await Logits(status.Step), data.Test.Labels));
    }

    private async Task TakeCheckpoint()
    {
        var snapshot = await _server.Snapshot(_term) ?? throw Superseded();
        _last = new Checkpoint(spec, TrainingState.FromBytes(snapshot, spec), [.. _history], _term, TrainingSeconds);
        folder.Checkpoints.Save(_last);
        _clock.TookCheckpoint();
    }

    private async Task<byte[]> Logits(int step) =>
        await _server.Logits(_term, step) ?? throw Superseded();

    private RunFailedException Superseded() => new($"Term {_term} of run {folder.Id} is no longer open: another coordinator has taken the run over.");

    /// <summary>Whether no worker has taken part for a while, and one of them said why.</summary>
    private bool HasBeenIdle(RunStatus status)
    {
        if (status.Workers > 0 || status.Trouble is null)
            _idleSince = null;
        else
            _idleSince ??= Stopwatch.GetTimestamp();
        return _idleSince is { } since && Stopwatch.GetElapsedTime(since) > options.Patience;
    }

    private static async Task Try(Task call)
    {
        try
        {
            await call.WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (Exception e) when (e is TimeoutException or OrleansException)
        {
        }
    }

    private static Evaluation Evaluate(byte[] logits, ReadOnlySpan<byte> labels) => Evaluation.From(MemoryMarshal.Cast<byte, float>(logits), labels);
}
