using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Training;

/// <summary>The opener of terms: one after the other, each from the newest state that is kept.</summary>
/// <param name="run">The run.</param>
public sealed class TermOpener(RunContext run)
{
    private readonly string _fingerprint = Fingerprint.Of(run.Spec);
    private readonly Guid _coordinator = Guid.NewGuid();

    /// <summary>The term that was last counted, open or not; 0 before the first.</summary>
    public int Term { get; private set; }

    /// <summary>Counts the next term on disk, and opens it.</summary>
    /// <param name="end">Ends the waiting.</param>
    /// <returns>The term, or how it ended before it began; neither where the one after it may be opened at once.</returns>
    public async Task<(OpenTerm? Term, TermEnd? End)> Open(CancellationToken end)
    {
        // The way to the server may lead through a silo that has just died: the call that finds another is a small one.
        await run.Calls.Repeat(() => run.Server.Watch(Term, null), end);
        bool isFirst = Term == 0;
        Term = await run.Disk.Write("The number of the run's next term", run.Folder.NextTerm, () => run.Keeper.OnDisk, end);
        if (isFirst && Term > 1)
            await TakeSurvivor(end);
        var last = run.Keeper.Last;
        run.Watch.Clock.Begin(last.ElapsedSeconds - last.History.Sum(epoch => epoch.Seconds));
        byte[] state = last.State.ToBytes();
        if (MessageSize.Problem(state.Length, "training state") is { } tooLarge)
            return (null, new TermEnd.Failed(tooLarge));

        bool isHeld = run.Control.IsToBeHeld;
        using var span = Spans.Begin(Spans.OpenTerm, run.Folder.Id, Term);
        var reply = await run.Server.Open(Request(state, isHeld)).WaitAsync(end);
        if (reply.Problem is { } problem)
            return (null, new TermEnd.TakenOver(problem));
        if (reply.TryAgain)
        {
            await Task.Delay(ClusterPatience.RetryDelay, run.Time, end);
            return (null, null);
        }

        run.Watch.BeginTerm();
        return (new OpenTerm(run.Server, reply.Silo!, run.Calls, Term, isHeld, end), null);
    }

    private OpenRequest Request(byte[] state, bool isHeld) => new()
    {
        Term = Term,
        Spec = RunSpecJson.Write(run.Spec),
        State = state,
        EpochsEvaluated = run.Keeper.Last.History.Count,
        TestImages = run.Data.Test.Count,
        Fingerprint = _fingerprint,
        ProtocolVersion = TrainingProtocol.Version,
        Coordinator = _coordinator,
        MinWorkers = run.Options.MinWorkers,
        IsPaused = isHeld,
    };

    /// <summary>
    /// A coordinator that is gone may have left its parameter server, and workers that went on: then nothing of their work is lost.
    /// </summary>
    private async Task TakeSurvivor(CancellationToken end)
    {
        try
        {
            var last = run.Keeper.Last;
            var search = SurvivingTerm.Take(run.Server, last, Term);
            if (await search.WaitAsync(ClusterPatience.BestEffort, run.Time, end) is not { } survivor)
                return;
            run.Observer.Note("The parameter server of the run's last coordinator still lives:"
                + $" the run goes on from step {survivor.State.Step}, not from step {last.State.Step}.");
            run.Keeper.Keep(survivor);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // Whatever is there, the checkpoint is enough.
        }
    }
}
