using MnistDistributed.Model.Protocol.Membership;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>
/// The judge of pushes, who says what is to be made of each. What is sound goes into the round; who sent what is not goes on probation.
/// </summary>
/// <param name="time">The clock of the leases.</param>
/// <param name="board">Who computes what.</param>
/// <param name="sessions">Who takes part.</param>
internal sealed class PushJudge(TimeProvider time, WorkBoard board, Sessions sessions)
{
    /// <summary>A push that is not of the round in progress changes nothing; but it may still be within the time of its order.</summary>
    /// <param name="round">Rounds of its kind.</param>
    /// <param name="session">Who sent it; null if it cannot be the answer to an order of anybody here.</param>
    /// <param name="step">Its step.</param>
    /// <param name="answers">What was sent.</param>
    public Verdict JudgeStale<TAnswer>(Round<TAnswer> round, Session? session, int step, IReadOnlyList<TAnswer> answers)
        where TAnswer : IAnswer
    {
        if (session is { IsOnProbation: true, Order: { } order } && answers.Count > 0
            && answers.All(answer => order.Asks(round, step, answer.Units) && round.IsWellFormed(answer, step) && answer.IsSound))
        {
            session.PassProbation(time.GetTimestamp());
        }

        return new(PushOutcome.Stale) { Counters = new() { StalePushes = 1 } };
    }

    /// <summary>A push for the round in progress is looked at whole before any of it counts.</summary>
    /// <param name="round">The round in progress.</param>
    /// <param name="session">Who sent it.</param>
    /// <param name="step">Its step.</param>
    /// <param name="number">Number of the order that it answers; null for the session's last one.</param>
    /// <param name="answers">What was sent.</param>
    public Verdict Judge<TAnswer>(Round<TAnswer> round, Session session, int step, int? number, IReadOnlyList<TAnswer> answers)
        where TAnswer : IAnswer
    {
        if (answers.Count == 0 || !answers.All(answer => round.IsWellFormed(answer, step)))
            return Refuse(session, round.NameMalformed(step));
        var flawed = answers.Where(answer => !answer.IsSound).ToList();
        return flawed.Count > 0 ? Reject(round, session, step, number, answers, flawed) : Accept(round, session, step, answers);
    }

    /// <summary>A session has answered what it was ordered, or some of it: it has passed its probation if that was in time.</summary>
    /// <param name="round">The round in progress.</param>
    /// <param name="session">Who has.</param>
    /// <param name="step">The step.</param>
    /// <param name="answers">What was accepted; it may be of other sessions, too.</param>
    public void Credit<TAnswer>(Round<TAnswer> round, Session session, int step, IReadOnlyList<TAnswer> answers)
        where TAnswer : IAnswer
    {
        int answered = answers.Sum(answer => session.Order?.Answered(round, step, answer.Units) ?? 0);
        if (answered == 0)
            return;
        round.Pace.Add(time.GetElapsedTime(session.Order!.IssuedAt), answered);
        session.PassProbation(time.GetTimestamp());
    }

    private Verdict Refuse(Session session, string what)
    {
        sessions.Distrust(session);
        return new(PushOutcome.Malformed)
        {
            Counters = new() { MalformedPushes = 1 },
            Incident = $"Worker {session.Worker} answered {what} that cannot be; what it held is ordered from others.",
        };
    }

    private Verdict Reject<TAnswer>(
        Round<TAnswer> round, Session session, int step, int? number, IReadOnlyList<TAnswer> answers, IReadOnlyList<TAnswer> flawed)
        where TAnswer : IAnswer
    {
        var order = session.Order;
        bool isHeld = answers.All(answer => board.IsDone(answer.Units));
        sessions.Distrust(session);
        var redone = answers.Select(answer => answer.Units).Where(board.Redo).ToList();
        var flaw = Flaw.Of(flawed);
        string what = $"{round.Words.Noun} {flaw.Words} for {round.Name(flawed, step)}";
        string? failure = null;
        // A push that nobody ordered, that comes twice, or whose original another computes, does not say whether computing again helps.
        bool isAnswer = order is not null && (number ?? order.Number) == order.Number;
        foreach (var answer in flawed.Where(answer => isAnswer && redone.Contains(answer.Units) && order!.Asks(round, step, answer.Units)))
        {
            if (round.Flawed.Add(answer.Units, answer.ComputeDigest(), session.Worker) is { } who)
                failure ??= $"{who} {what}: {flaw.Advice}";
        }

        return new(PushOutcome.Rejected)
        {
            Counters = new() { RejectedPushes = 1 },
            Incident = $"Worker {session.Worker} pushed {what}; {WhatFollows(round, isHeld)}.",
            Failure = failure,
        };
    }

    private string WhatFollows<TAnswer>(Round<TAnswer> round, bool isHeld)
        where TAnswer : IAnswer
    {
        if (isHeld)
            return $"{round.Words.Anothers} used";
        return sessions.MemberCount > 0 ? $"{round.Words.It} computed again elsewhere" : $"{round.Words.It} computed again";
    }

    private Verdict Accept<TAnswer>(Round<TAnswer> round, Session session, int step, IReadOnlyList<TAnswer> answers)
        where TAnswer : IAnswer
    {
        foreach (var answer in answers)
        {
            if (round.ConflictOf(answer, step) is (var other, var what))
                return new(PushOutcome.Accepted) { Failure = DifferentBits(session.Worker, other, what) };
        }

        Credit(round, session, step, answers);
        int wins = 0;
        foreach (var answer in answers)
        {
            round.Add(answer, session.Worker);
            wins += Complete(round, session, step, answer.Units) ? 1 : 0;
        }

        return new(PushOutcome.Accepted) { Counters = new() { SpeculativeWins = wins } };
    }

    /// <summary>Units are answered.</summary>
    /// <returns>Whether the session's order has won by it against the one who had it before.</returns>
    private bool Complete(Round round, Session session, int step, UnitRange units)
    {
        bool isFirst = false;
        for (int unit = units.First; unit < units.End; unit++)
            isFirst |= board.Complete(unit);
        if (session.Order is not { } order || order.Answered(round, step, units) == 0)
            return false;
        if (!isFirst || !order.IsSpeculative || order.HasWon)
            return false;
        order.HasWon = true;
        return true;
    }

    private static string DifferentBits(string worker, string other, string what) =>
        $"Workers {worker} and {other} computed different bits for {what}: "
        + "a processor or a memory is broken, or the engine is not deterministic.";
}
