using System.Globalization;
using System.Runtime.InteropServices;
using MnistDistributed.Coordinator.Steering;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// The follower of an open term, which looks at it again and again and does what it
/// asks for: takes the result of each epoch, and a checkpoint every few seconds.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="entry">The run's entry in the directory.</param>
/// <param name="requests">What other processes ask of the run.</param>
public sealed class TermFollower(RunContext run, DirectoryEntry entry, RequestHandler requests)
{
    private readonly SlotPlan _plan = new(run.Spec);

    private IReadOnlyList<EpochRecord> History => run.Keeper.Last.History;

    /// <summary>Looks once. Where a call fails all of it can be done again.</summary>
    /// <returns>How the term ended; null if it goes on.</returns>
    public async Task<TermEnd?> Look(OpenTerm term)
    {
        entry.Renew(requests.Workers, run.Options.Silos);
        await HoldOrLetGo(term);
        var reply = await term.Watch();
        if (reply.Term > term.Number || run.Folder.TakenBy is not null)
            return new TermEnd.TakenOver(
                $"Term {term.Number} of run {run.Folder.Id} is no longer open: another coordinator has taken the run over.");
        if (reply.Status is not { } status)
            return new TermEnd.Lost();

        (run.Watch.WantedWorkers, run.Watch.Offer) = (requests.Workers, entry.Offer);
        run.Watch.Observe(status, History);
        if (status.Phase == RunPhase.Failed)
            return new TermEnd.Failed(status.Failure!);
        if (run.Watch.Quorum.IsIdle)
            return new TermEnd.Idle(status.Trouble!);
        if (run.Watch.Quorum.Problem is { } tooFew)
            return await GiveUp(term, tooFew);
        if (status.Phase == RunPhase.Done)
            return await TakeResult(term, status.Step);
        return await GoOn(term, status);
    }

    /// <summary>Takes the last checkpoint of a run that ends; the one before will do where the cluster does not answer.</summary>
    public async Task TakeLastCheckpoint(OpenTerm term)
    {
        try
        {
            await TakeCheckpoint(term);
        }
        catch (Exception e) when (ClusterPatience.IsPassing(e))
        {
            string why = ClusterPatience.Why(e);
            run.Observer.Note($"The cluster does not answer ({why}); the run ends at step {run.Keeper.Last.State.Step}.");
        }
    }

    private async Task HoldOrLetGo(OpenTerm term)
    {
        bool isToBeHeld = run.Control.IsToBeHeld;
        if (isToBeHeld == term.IsHeld)
            return;
        await term.Hold(isToBeHeld);
        if (!isToBeHeld && !term.IsHeld)
            run.Observer.Note("The run goes on.");
    }

    private async Task<TermEnd> GiveUp(OpenTerm term, string why)
    {
        await TakeLastCheckpoint(term);
        return new TermEnd.TooFewWorkers(why);
    }

    private async Task<TermEnd?> TakeResult(OpenTerm term, int step)
    {
        if (await term.Result(step) is not var (logits, state))
            return null;
        Keep(term, Read(state), History);
        return new TermEnd.Done(logits);
    }

    /// <summary>Does what is due in a run that has not ended.</summary>
    private async Task<TermEnd?> GoOn(OpenTerm term, TermStatus status)
    {
        bool isNewlyPaused = status.Phase == RunPhase.Paused && term.Seen != RunPhase.Paused;
        term.Seen = status.Phase;
        TermEnd? ended = null;
        if (status.Phase == RunPhase.EpochDone)
            await EndEpoch(term, status);
        else if (status.IsLeaving)
            ended = await HandOver(term);
        else if (isNewlyPaused || IsCheckpointDue(status.Step))
            await TakeCheckpoint(term);
        if (isNewlyPaused && !run.Control.IsStopping)
        {
            run.Observer.Note(string.Create(CultureInfo.InvariantCulture,
                $"Paused at step {status.Step:N0} of {_plan.TotalSteps:N0}; ./mnist resume {Shown} goes on."));
        }

        return ended;
    }

    /// <summary>How a person names the run in a command.</summary>
    private string Shown => ShellWord.Of(Path.GetRelativePath(Environment.CurrentDirectory, run.Folder.Path));

    private bool IsCheckpointDue(int step) =>
        run.Watch.Clock.SinceCheckpoint >= run.Options.CheckpointInterval && !(run.Keeper.IsSaved && run.Keeper.Last.State.Step == step);

    private async Task EndEpoch(OpenTerm term, TermStatus status)
    {
        // Where only the answer to Continue was lost, its result is taken already.
        if (History.Count * _plan.StepsPerEpoch < status.Step)
        {
            if (await term.Result(status.Step) is not var (logits, bytes))
                return;
            var state = Read(bytes);
            var record = Record(status, logits);
            run.Watch.Clock.Begin(0);
            Keep(term, state, [.. History, record]);
            run.Observer.EpochDone(record);
        }

        await term.Continue(status.Step);
    }

    private EpochRecord Record(TermStatus status, byte[] logits)
    {
        var spec = run.Spec;
        Evaluation? validation = spec.Validation == 0 ? null : Evaluation.From(
            MemoryMarshal.Cast<byte, float>(logits), run.Data.Train.Labels.Slice(spec.TrainingImages - spec.Validation, spec.Validation),
            spec.Network.Classes);
        return new EpochRecord
        {
            Epoch = History.Count,
            TrainLoss = status.Loss / status.Samples,
            TrainAccuracy = (double)status.Hits / status.Samples,
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
            Seconds = run.Watch.Clock.EpochSeconds,
            LearningRate = LearningRate.At(spec.Recipe, status.Step - 1, _plan.StepsPerEpoch, _plan.TotalSteps),
        };
    }

    /// <summary>
    /// Takes the state out of a parameter server whose silo is about to go; the next term opens elsewhere, and no step is lost.
    /// </summary>
    private async Task<TermEnd> HandOver(OpenTerm term)
    {
        if (await term.HandOver() is { } state)
            Keep(term, Read(state), History);
        return new TermEnd.HandedOver();
    }

    private async Task TakeCheckpoint(OpenTerm term)
    {
        if (await term.Snapshot() is { } state)
            Keep(term, Read(state), History);
    }

    private TrainingState Read(byte[] state) => TrainingState.FromBytes(state, run.Spec);

    private void Keep(OpenTerm term, TrainingState state, IReadOnlyList<EpochRecord> history)
    {
        var clock = run.Watch.Clock;
        run.Keeper.Keep(new Checkpoint(run.Spec, state, history, term.Number, history.Sum(epoch => epoch.Seconds) + clock.EpochSeconds));
        clock.TookCheckpoint();
    }
}
