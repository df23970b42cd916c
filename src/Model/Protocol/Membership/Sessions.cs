using System.Diagnostics.CodeAnalysis;

namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>The sessions of a term: who is there, who is late, who is a full member.</summary>
/// <param name="time">The clock.</param>
/// <param name="options">When a session is late.</param>
internal sealed class Sessions(TimeProvider time, LeaseOptions options)
{
    private readonly Dictionary<Guid, Session> _sessions = [];
    private int _joined;

    /// <summary>Sessions that are not late. Those on probation count: they compute, though nobody waits for them.</summary>
    public int Present => _sessions.Values.Count(session => !IsLate(session));

    /// <summary>How many <see cref="Members"/> there are.</summary>
    public int MemberCount => _sessions.Values.Count(IsMember);

    /// <summary>Sessions that others may have to wait for: neither late nor on probation. In the order in which they joined.</summary>
    public IReadOnlyList<Session> Members => _sessions.Values.Where(IsMember).OrderBy(session => session.Rank).ToList();

    /// <summary>The timestamp at which the next session is late unless it calls; null if there is none left.</summary>
    public long? NextDeadline
    {
        get
        {
            var deadlines = _sessions.Values.Where(session => !IsLate(session)).Select(session => session.Deadline).ToList();
            return deadlines.Count == 0 ? null : deadlines.Min();
        }
    }

    /// <summary>Adds a session, unless it is here already.</summary>
    public void Join(WorkerHello hello)
    {
        var session = new Session(hello, _joined) { LastHeard = time.GetTimestamp() };
        Expect(session, null);
        if (_sessions.TryAdd(hello.Session, session))
            _joined++;
    }

    /// <summary>Takes a session out.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(Guid id) => _sessions.Remove(id);

    /// <summary>Takes out the sessions that are late and silent for long.</summary>
    /// <returns>Their ids.</returns>
    public IReadOnlyList<Guid> Forget()
    {
        var silent = _sessions.Values
            .Where(session => IsLate(session) && time.GetElapsedTime(session.LastHeard) > options.Forget)
            .Select(session => session.Id).ToList();
        silent.ForEach(id => _sessions.Remove(id));
        return silent;
    }

    /// <summary>A session calls. One that was late is there again, on probation.</summary>
    /// <returns>Whether the session is known.</returns>
    public bool TryHear(Guid id, [NotNullWhen(true)] out Session? session)
    {
        if (!_sessions.TryGetValue(id, out session))
            return false;
        if (IsLate(session))
            session.PutOnProbation();
        session.LastHeard = time.GetTimestamp();
        Expect(session, null);
        return true;
    }

    /// <summary>When a session that calls has to call again: before the first lease of what it holds ends, or else before it is silent for too long.</summary>
    public void Expect(Session session, long? leaseEnd) => session.Deadline = leaseEnd ?? time.After(options.Silence);

    /// <summary>A session that does not call now is given a share. What it had to do before that remains due when it was.</summary>
    public void ExpectAlso(Session session, long? leaseEnd) => session.Deadline = Math.Min(session.Deadline, leaseEnd ?? long.MaxValue);

    /// <summary>Those on probation who answered in time are full members again.</summary>
    public void EndProbations()
    {
        foreach (var session in _sessions.Values)
            session.EndProbation();
    }

    private bool IsLate(Session session) => time.GetTimestamp() >= session.Deadline;

    private bool IsMember(Session session) => !session.IsOnProbation && !IsLate(session);
}
