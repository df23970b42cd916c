namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>
/// Who computes which units of work (slots of a step, chunks of an evaluation), and until when. A unit whose lease has run out,
/// or whose session is gone, is open to whoever asks: lost, hung and slow are one case. Besides its holder a unit may have a second
/// session that computes a copy of it; a copy keeps nobody from the unit.
/// </summary>
/// <param name="time">The clock of the leases.</param>
public sealed class WorkBoard(TimeProvider time)
{
    private WorkUnit[] _units = [];

    /// <summary>Number of units.</summary>
    public int Units => _units.Length;

    /// <summary>Number of units that are done.</summary>
    public int Done { get; private set; }

    /// <summary>Whether all units are done.</summary>
    public bool IsComplete => Done == _units.Length;

    /// <summary>The timestamp at which time alone next opens a unit to somebody; null if it will not.</summary>
    public long? NextChange => Earliest((unit, now) => unit.NextChange(now));

    /// <summary>Whether all of <paramref name="units"/> are done.</summary>
    public bool IsDone(UnitRange units) => _units[units.First..units.End].All(unit => unit.Done);

    /// <summary>Lays out new work, all of it open and nobody's.</summary>
    public void Reset(int units)
    {
        if (_units.Length != units)
            _units = new WorkUnit[units];
        Array.Clear(_units);
        Done = 0;
    }

    /// <summary>
    /// Sets aside an equal, contiguous share of the units for each session, to be picked up by <see cref="Take"/> before
    /// its lease ends: a session that never asks is treated as one that never answers.
    /// </summary>
    public void Share(IReadOnlyList<Guid> sessions, Pace pace)
    {
        for (int i = 0; i < sessions.Count; i++)
        {
            int first = (int)((long)i * Units / sessions.Count);
            int end = (int)((long)(i + 1) * Units / sessions.Count);
            Assign(sessions[i], new UnitRange(first, end), pace, issued: false);
        }
    }

    /// <summary>
    /// Finds work for a session: what it holds; otherwise, for a member, what nobody holds or a copy of what is overdue, and for
    /// others a copy of whatever is not done.
    /// </summary>
    /// <param name="session">Who asks.</param>
    /// <param name="isMember">Whether others may have to wait for it.</param>
    /// <param name="most">The most units to give of what it does not hold. What has to be computed in one piece is given whole.</param>
    /// <param name="pace">The leases.</param>
    /// <returns>Null if there is no work.</returns>
    public Assignment? Take(Guid session, bool isMember, int most, Pace pace)
    {
        long now = time.GetTimestamp();
        // Asked again while its lease runs: the answer was lost. The lease is
        // not renewed, or a session that only asks would hold its work for ever.
        if (_units.First(unit => Owns(unit) && unit.Issued) is { } order)
            return new Assignment(order, IsNew: false, IsRepeated: false, IsSpeculative: false);
        if (_units.First(Owns) is { } share)
        {
            Assign(session, share, pace, issued: true);
            return new Assignment(share, IsNew: true, IsRepeated: false, IsSpeculative: false);
        }

        if (_units.First(unit => unit.IsCopied(now) && unit.Copier == session) is { } copy)
            return new Assignment(copy, IsNew: false, IsRepeated: false, IsSpeculative: false);
        if (!isMember)
            return (FindToCopy(unit => !unit.IsHeld(now)) ?? FindToCopy(_ => true)) is { } any ? Copy(any) : null;
        if (_units.First(unit => !unit.Done && !unit.IsHeld(now), most) is { } open)
        {
            var assignment = Describe(session, open, now);
            Assign(session, open, pace, issued: true);
            return assignment;
        }

        if (_units.First(unit => unit.IsHeld(now) && unit.Overdue <= now && !unit.IsCopied(now), most) is { } overdue)
            return Copy(overdue);
        return null;

        bool Owns(WorkUnit unit) => unit.IsHeld(now) && unit.Owner == session;

        // From the end, since members take what is open from the start.
        UnitRange? FindToCopy(Predicate<WorkUnit> matches) => _units.Last(
            unit => !unit.Done && !unit.IsCopied(now) && unit.Whole.Count == 0 && matches(unit), most);

        Assignment Copy(UnitRange units)
        {
            var assignment = Describe(session, units, now);
            long copyEnd = time.After(pace.Lease(units.Count));
            foreach (ref var unit in _units.AsSpan(units.First, units.Count))
                (unit.Copier, unit.CopyEnd) = (session, copyEnd);
            return assignment;
        }
    }

    /// <summary>The timestamp at which the first lease of what a session holds ends; null if it holds nothing.</summary>
    public long? LeaseEndOf(Guid session) => Earliest((unit, now) => unit.EndOf(session, now));

    /// <summary>Marks a unit as done, whoever did it.</summary>
    /// <returns>Whether it was not done before.</returns>
    public bool Complete(int unit)
    {
        if (_units[unit].Done)
            return false;
        BreakUp(unit);
        _units[unit].Done = true;
        Done++;
        return true;
    }

    /// <summary>Opens all work of a session that is gone, or whose answer cannot be used.</summary>
    public void Release(Guid session)
    {
        foreach (ref var unit in _units.AsSpan())
            unit.Release(session);
    }

    /// <summary>
    /// Has units computed again in one piece, and by a member, so that the answer can be compared with the one before. Units of which some
    /// are done or held by others stay as they are.
    /// </summary>
    /// <returns>Whether they are computed again.</returns>
    public bool Redo(UnitRange units)
    {
        long now = time.GetTimestamp();
        if (_units[units.First..units.End].Any(unit => unit.Done || unit.IsHeld(now)))
            return false;
        for (int i = units.First; i < units.End; i++)
        {
            BreakUp(i);
            _units[i].Whole = units;
        }

        return true;
    }

    private long? Earliest(Func<WorkUnit, long, long> of)
    {
        long now = time.GetTimestamp();
        long first = _units.Aggregate(long.MaxValue, (least, unit) => Math.Min(least, of(unit, now)));
        return first == long.MaxValue ? null : first;
    }

    /// <summary>A new order for <paramref name="session"/>, as the units are before it is given.</summary>
    private Assignment Describe(Guid session, UnitRange range, long now)
    {
        var units = _units[range.First..range.End];
        bool isSpeculative = units.Any(unit => unit.IsAnothers(session, now));
        return new Assignment(range, IsNew: true, IsRepeated: isSpeculative || units.Any(unit => unit.IsOrdered), isSpeculative);
    }

    private void Assign(Guid session, UnitRange range, Pace pace, bool issued)
    {
        long leaseEnd = time.After(pace.Lease(range.Count));
        long overdue = pace.Overdue(range.Count) is { } span ? time.After(span) : long.MaxValue;
        foreach (ref var unit in _units.AsSpan(range.First, range.Count))
        {
            unit.Issued |= issued;
            (unit.Owner, unit.LeaseEnd, unit.Overdue) = (session, leaseEnd, overdue);
            if (unit.Copier == session)
                unit.Copier = Guid.Empty;
        }
    }

    private void BreakUp(int unit)
    {
        var whole = _units[unit].Whole;
        for (int i = whole.First; i < whole.End; i++)
            _units[i].Whole = default;
    }
}
