using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>The receiver of what sessions push, which does what the verdict on it says.</summary>
/// <param name="term">The term.</param>
/// <param name="judge">Who says what is to be made of a push.</param>
/// <param name="sessions">Who takes part.</param>
/// <param name="phases">What is awaited.</param>
/// <param name="log">Where to say what happened.</param>
internal sealed class PushReceiver(int term, PushJudge judge, Sessions sessions, PhaseSequence phases, TermLog log)
{
    /// <summary>A session pushes the answer to an order.</summary>
    /// <param name="round">Rounds of its kind.</param>
    /// <param name="phase">The phase that it is an answer of.</param>
    /// <param name="id">The session.</param>
    /// <param name="orderTerm">The order's term.</param>
    /// <param name="step">The order's step.</param>
    /// <param name="order">The order's number; null for the session's last one.</param>
    /// <param name="answers">What is pushed.</param>
    /// <param name="fellows">Other sessions that computed some of it.</param>
    public PushResult Receive<TAnswer>(
        Round<TAnswer> round, RunPhase phase, Guid id, int orderTerm, int step, int? order,
        IReadOnlyList<TAnswer> answers, IReadOnlyList<Guid> fellows)
        where TAnswer : IAnswer
    {
        var phaseBefore = phases.Phase;
        phases.Reconcile();
        sessions.TryHear(id, out var session);
        var verdict = session is not null && orderTerm == term && phases.Awaits(phase, step)
            ? judge.Judge(round, session, step, order, answers)
            : judge.JudgeStale(round, orderTerm == term ? session : null, step, answers);
        log.Add(verdict.Incident);
        if (verdict.Failure is not null)
        {
            log.Failure = verdict.Failure;
            phases.Fail();
        }

        var counters = verdict.Counters;
        if (verdict is { Outcome: PushOutcome.Accepted, Failure: null })
        {
            foreach (var fellow in fellows)
                Credit(fellow);
            if (round.IsComplete)
                counters += phases.EndRound();
        }

        if (session is not null)
            sessions.SetDeadline(session);
        log.Pushed(verdict.Outcome, counters);
        return new(verdict.Outcome, phases.Phase != phaseBefore, counters);

        void Credit(Guid fellow)
        {
            if (!sessions.TryHear(fellow, out var other))
                return;
            judge.Credit(round, other, step, answers);
            sessions.SetDeadline(other);
        }
    }
}
