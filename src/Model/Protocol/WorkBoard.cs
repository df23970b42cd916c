namespace MnistDistributed.Model.Protocol;

/// <summary>
/// Who computes which units of work (slots of a step, chunks of an evaluation), and until when. A unit whose lease has run out,
/// or whose session is gone, is offered to whoever asks: lost, hung and slow are one case.
/// </summary>
public sealed class WorkBoard
{
    private readonly TimeProvider _time;
    private Unit[] _units = [];

    private struct Unit
    {
        public bool Done;
        public bool Issued;
        public Guid Owner;
        public long LeaseEnd;
    }

    /// <summary>A board on the clock of <paramref name="time"/>, without work.</summary>
    public WorkBoard(TimeProvider time) => _time = time;

    /// <summary>Number of units.</summary>
    public int Units => _units.Length;

    /// <summary>Number of units that are done.</summary>
    public int Done { get; private set; }

    /// <summary>Whether all units are done.</summary>
    public bool IsComplete => Done == _units.Length;

    /// <summary>Time until the first lease of open work ends; null if none runs.</summary>
    public TimeSpan? UntilExpiry
    {
        get
        {
            long now = _time.GetTimestamp();
            long first = long.MaxValue;
            foreach (ref readonly var unit in _units.AsSpan())
            {
                if (!unit.Done && unit.Owner != Guid.Empty && unit.LeaseEnd > now)
                    first = Math.Min(first, unit.LeaseEnd);
            }

            return first == long.MaxValue ? null : _time.GetElapsedTime(now, first);
        }
    }

    /// <summary>Lays out new work, all of it open and nobody's.</summary>
    public void Reset(int units)
    {
        if (_units.Length != units)
            _units = new Unit[units];
        Array.Clear(_units);
        Done = 0;
    }

    /// <summary>
    /// Sets aside an equal, contiguous share of the units for each session, to be picked up by <see cref="TryTake"/> before
    /// <paramref name="lease"/> ends: a session that never asks is treated as one that never answers.
    /// </summary>
    public void Share(IReadOnlyList<Guid> sessions, Func<int, TimeSpan> lease)
    {
        for (int i = 0; i < sessions.Count; i++)
        {
            int first = (int)((long)i * Units / sessions.Count);
            int end = (int)((long)(i + 1) * Units / sessions.Count);
            Assign(sessions[i], first, end, lease(end - first), issued: false);
        }
    }

    /// <summary>Finds work for a session: what is set aside for it or was ordered from it, otherwise what nobody holds any more.</summary>
    /// <param name="session">Who asks.</param>
    /// <param name="most">The most units to give of what nobody holds.</param>
    /// <param name="lease">Lease of an order of so many units.</param>
    /// <param name="work">The units from <c>First</c> to before <c>End</c>.</param>
    /// <returns>Whether there is work.</returns>
    public bool TryTake(Guid session, int most, Func<int, TimeSpan> lease, out UnitRange work)
    {
        long now = _time.GetTimestamp();
        if (TryFind(session, now, own: true, int.MaxValue, out work))
        {
            // Asked again while its lease runs: the answer was lost. The lease is not renewed, or a session that only asks would hold its work for ever.
            if (!_units[work.First].Issued)
                Assign(session, work.First, work.End, lease(work.Count), issued: true);
            return true;
        }

        if (!TryFind(session, now, own: false, most, out work))
            return false;
        bool repeated = false;
        for (int i = work.First; i < work.End; i++)
            repeated |= _units[i].Issued;
        Assign(session, work.First, work.End, lease(work.Count), issued: true);
        work = work with { IsRepeated = repeated };
        return true;
    }

    /// <summary>Marks a unit as done, whoever did it.</summary>
    public void Complete(int unit)
    {
        if (_units[unit].Done)
            return;
        _units[unit].Done = true;
        Done++;
    }

    /// <summary>Opens all work of a session that is gone.</summary>
    public void Release(Guid session)
    {
        foreach (ref var unit in _units.AsSpan())
        {
            if (!unit.Done && unit.Owner == session)
                unit.Owner = Guid.Empty;
        }
    }

    /// <summary>Sessions that let a lease run out on open work.</summary>
    public IEnumerable<Guid> LateSessions()
    {
        long now = _time.GetTimestamp();
        return _units.Where(unit => !unit.Done && unit.Owner != Guid.Empty && unit.LeaseEnd <= now).Select(unit => unit.Owner).Distinct();
    }

    private bool TryFind(Guid session, long now, bool own, int most, out UnitRange work)
    {
        int first = 0;
        while (first < Units && !Matches(first))
            first++;
        int end = first;
        while (end < Units && end - first < most && Matches(end) && (!own || _units[end].Issued == _units[first].Issued))
            end++;
        work = new UnitRange(first, end, IsRepeated: false);
        return work.Count > 0;

        bool Matches(int index)
        {
            ref readonly var unit = ref _units[index];
            bool held = unit.Owner != Guid.Empty && unit.LeaseEnd > now;
            return !unit.Done && (own ? held && unit.Owner == session : !held);
        }
    }

    private void Assign(Guid session, int first, int end, TimeSpan lease, bool issued)
    {
        long leaseEnd = _time.GetTimestamp() + (long)(lease.TotalSeconds * _time.TimestampFrequency);
        for (int i = first; i < end; i++)
        {
            if (!_units[i].Done)
                _units[i] = new Unit { Owner = session, LeaseEnd = leaseEnd, Issued = issued || _units[i].Issued };
        }
    }
}
