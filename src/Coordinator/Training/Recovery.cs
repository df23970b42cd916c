using System.Globalization;

namespace MnistDistributed.Coordinator.Training;

/// <summary>What follows from how a term ended: the table "How a term ends" of docs/reliability.md.</summary>
public static class Recovery
{
    /// <summary>Says what the coordinator does next.</summary>
    /// <param name="ended">How the term ended.</param>
    /// <param name="step">The step of the newest state that is kept.</param>
    public static NextAction After(TermEnd ended, int step) => ended switch
    {
        TermEnd.Lost => new NextAction.OpenNextTerm(
            RunIncident.ServerLost, $"The parameter server is lost; the run goes on from step {step}."),
        TermEnd.HandedOver => new NextAction.OpenNextTerm(
            RunIncident.ServerHandedOver, $"The silo of the parameter server goes; the run goes on elsewhere, from step {step}."),
        TermEnd.Done done => new NextAction.Finish(done.Logits),
        TermEnd.Stopped => new NextAction.Finish(null),
        TermEnd.TooFewWorkers { Why: var why } => new NextAction.Fail(
            new QuorumException(Invariant($"{why} It is saved at step {step:N0}."))) { IsSavedFirst = true },
        TermEnd.Idle { Why: var why } => new NextAction.Fail(new RunFailedException(why) { CanGoOn = true }),
        TermEnd.Failed { Why: var why } => new NextAction.Fail(new RunFailedException(why)) { IsReported = true },
        TermEnd.TakenOver { Why: var why } => new NextAction.Fail(new RunFailedException(why)) { IsOurs = false },
        TermEnd.Unreachable { Why: var why } => new NextAction.Fail(new TimeoutException(why)),
        _ => throw new ArgumentException($"A term cannot end as {ended}.", nameof(ended)),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
