namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>One unit on the <see cref="WorkBoard"/>: who holds it, who computes a copy of it, and until when.</summary>
internal struct WorkUnit
{
    /// <summary>Whether it has been answered.</summary>
    public bool Done;

    /// <summary>Whether it was ordered from anybody, not only set aside.</summary>
    public bool Issued;

    /// <summary>Who holds it; empty if nobody does.</summary>
    public Guid Owner;

    /// <summary>When the owner's lease ends.</summary>
    public long LeaseEnd;

    /// <summary>When others may copy it though the lease runs.</summary>
    public long Overdue;

    /// <summary>Who computes a copy; empty if nobody does.</summary>
    public Guid Copier;

    /// <summary>When the copier's time ends.</summary>
    public long CopyEnd;

    /// <summary>The units that are computed in one piece with it; empty if it stands for itself.</summary>
    public UnitRange Whole;

    /// <summary>Whether a lease on it runs.</summary>
    public readonly bool IsHeld(long now) => !Done && Owner != Guid.Empty && LeaseEnd > now;

    /// <summary>Whether a copy of it is computed.</summary>
    public readonly bool IsCopied(long now) => !Done && Copier != Guid.Empty && CopyEnd > now;

    /// <summary>Whether it was ordered from anybody, as it is or as a copy.</summary>
    public readonly bool IsOrdered => Issued || Copier != Guid.Empty;

    /// <summary>Whether another than <paramref name="session"/> may yet answer it.</summary>
    public readonly bool IsAnothers(Guid session, long now) =>
        IsOther(Copier, session) || IsOther(Owner, session) && (Issued || IsHeld(now));

    /// <summary>When time alone next opens it to somebody; <see cref="long.MaxValue"/> if it will not.</summary>
    public readonly long NextChange(long now)
    {
        long opens = Overdue > now ? Math.Min(Overdue, LeaseEnd) : LeaseEnd;
        return Math.Min(IsHeld(now) ? opens : long.MaxValue, IsCopied(now) ? CopyEnd : long.MaxValue);
    }

    /// <summary>When a session's time for it ends; <see cref="long.MaxValue"/> if the session has none.</summary>
    public readonly long EndOf(Guid session, long now) => Math.Min(
        IsHeld(now) && Owner == session ? LeaseEnd : long.MaxValue,
        IsCopied(now) && Copier == session ? CopyEnd : long.MaxValue);

    /// <summary>A session is gone, or its answer cannot be used.</summary>
    public void Release(Guid session)
    {
        if (Owner == session)
            Owner = Guid.Empty;
        if (Copier != session)
            return;
        Copier = Guid.Empty;
        Issued |= Owner == Guid.Empty;
    }

    private static bool IsOther(Guid holder, Guid session) => holder != Guid.Empty && holder != session;
}
