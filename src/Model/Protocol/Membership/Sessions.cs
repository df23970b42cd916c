using System.Diagnostics.CodeAnalysis;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>The sessions of a term: who is there, who is late, who is a full member. What those hold who go is offered to others.</summary>
/// <param name="time">The clock.</param>
/// <param name="board">Who holds what.</param>
/// <param name="options">When a session is late.</param>
internal sealed class Sessions(TimeProvider time, WorkBoard board, LeaseOptions options)
{
    // In the order in which they joined.
    private readonly OrderedDictionary<Guid, Session> _sessions = [];
    private int _orders;

    /// <summary>Sessions that are not late. Those on probation count: they compute, though nobody waits for them.</summary>
    public int Present => _sessions.Values.Count(session => !IsLate(session));

    /// <summary>The names of the workers whose sessions are <see cref="Present"/>, in the order in which they joined.</summary>
    public IReadOnlyList<string> Workers => [.. _sessions.Values.Where(session => !IsLate(session)).Select(session => session.Worker)];

    /// <summary>How often a session was found late.</summary>
    public int Lost { get; private set; }

    /// <summary>How many <see cref="Members"/> there are.</summary>
    public int MemberCount => _sessions.Values.Count(IsMember);

    /// <summary>Sessions that others may have to wait for: neither late nor on probation. In the order in which they joined.</summary>
    public IReadOnlyList<Session> Members => [.. _sessions.Values.Where(IsMember)];

    /// <summary>
    /// Time until something may become open to a waiting session though nobody calls: a lease ends, an order is overdue, a session is late;
    /// null if nothing will. In whole milliseconds, rounded up.
    /// </summary>
    public TimeSpan? UntilChange
    {
        get
        {
            var deadlines = _sessions.Values.Where(session => !IsLate(session)).Select(session => session.Deadline);
            long first = deadlines.Append(board.NextChange ?? long.MaxValue).Min();
            return first == long.MaxValue ? null : time.Until(first);
        }
    }

    /// <summary>The silo of a session; null if there is no such session.</summary>
    public string? SiloOf(Guid id) => _sessions.GetValueOrDefault(id)?.Silo;

    /// <summary>Adds a session, unless it is here already.</summary>
    public void Join(WorkerHello hello)
    {
        var session = new Session(hello) { LastHeard = time.GetTimestamp(), Deadline = time.After(options.Silence) };
        _sessions.TryAdd(hello.Session, session);
    }

    /// <summary>Takes a session out.</summary>
    public void Remove(Guid id)
    {
        if (_sessions.Remove(id))
            board.Release(id);
    }

    /// <summary>Counts the sessions that are late, and takes out those that have been silent for long.</summary>
    public void RemoveSilent()
    {
        foreach (var session in _sessions.Values.Where(IsLate).ToList())
        {
            Miss(session);
            if (time.GetElapsedTime(session.LastHeard) > options.Forget)
                Remove(session.Id);
        }
    }

    /// <summary>A session calls. One that was late is there again, on probation.</summary>
    /// <returns>Whether the session is known.</returns>
    public bool TryHear(Guid id, [NotNullWhen(true)] out Session? session)
    {
        if (!_sessions.TryGetValue(id, out session))
            return false;
        if (IsLate(session))
        {
            Miss(session);
            session.PutOnProbation();
        }

        session.IsMissed = false;
        session.LastHeard = time.GetTimestamp();
        session.Deadline = time.After(options.Silence);
        return true;
    }

    /// <summary>A session gets a new order.</summary>
    public void SetOrder(Session session, Round round, int step, Assignment work)
    {
        long leaseEnd = time.After(round.Pace.Lease(work.Units.Count));
        session.Order = new SessionOrder(++_orders, round, step, work.Units, work.IsSpeculative, time.GetTimestamp(), leaseEnd);
    }

    /// <summary>A session has called. The next call is due before a lease of what it holds ends, or else within its silence.</summary>
    public void SetDeadline(Session session) => session.Deadline = board.LeaseEndOf(session.Id) ?? time.After(options.Silence);

    /// <summary>A session that does not call now was given a share. What it had to do before that remains due when it was.</summary>
    public void AdvanceDeadline(Session session) =>
        session.Deadline = Math.Min(session.Deadline, board.LeaseEndOf(session.Id) ?? long.MaxValue);

    /// <summary>A session's answer cannot be used: it is on probation, and others are offered what it holds.</summary>
    public void Distrust(Session session)
    {
        session.PutOnProbation();
        session.Order = null;
        board.Release(session.Id);
    }

    /// <summary>Those on probation who answered in time are full members again.</summary>
    public void EndProbations()
    {
        foreach (var session in _sessions.Values)
            session.EndProbation();
    }

    /// <summary>As what a session that is present gets work, and how many share the work.</summary>
    public (bool IsMember, int Sharers) StandingOf(Session session) => (MemberCount, session.IsOnProbation) switch
    {
        // Where no member is left, there is nobody whom those on probation could hold up.
        (0, _) => (true, Present),
        (var members, false) => (true, members),
        (var members, true) => (false, members + 1),
    };

    private void Miss(Session session)
    {
        Lost += session.IsMissed ? 0 : 1;
        session.IsMissed = true;
    }

    private bool IsLate(Session session) => time.GetTimestamp() >= session.Deadline;

    private bool IsMember(Session session) => !session.IsOnProbation && !IsLate(session);
}
