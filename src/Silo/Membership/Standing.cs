namespace MnistDistributed.Silo.Membership;

/// <summary>A silo's standing in its cluster, as one look at the membership table shows it.</summary>
/// <param name="IsMember">Whether its own row is active, and fresh.</param>
/// <param name="IsOut">Whether its own row is gone, dead or stale: nobody counts on the silo any more.</param>
/// <param name="IsStale">Whether it is out for that reason alone that its row, which is active, was not renewed for too long.</param>
/// <param name="Peers">Silos that are active in the table; null where it cannot be read.</param>
/// <param name="Problem">Why it is no member, as one line; null if it is.</param>
public sealed record Standing(bool IsMember, bool IsOut, bool IsStale, int? Peers, string? Problem)
{
    /// <summary>That of a silo whose table cannot be read.</summary>
    /// <param name="why">Why, as one line.</param>
    public static Standing Unknown(string why) => new(IsMember: false, IsOut: false, IsStale: false, Peers: null, why);

    /// <summary>That of a silo whose row, or whole table, is gone.</summary>
    /// <param name="peers">Silos that are active in the table.</param>
    public static Standing Gone(int peers) =>
        Out(peers, "This silo has no row in the membership table any more: whoever keeps the table has lost what it held.");

    /// <summary>What a table says.</summary>
    /// <param name="table">The table.</param>
    /// <param name="silo">The silo.</param>
    /// <param name="now">The time by the silo's own clock, in UTC.</param>
    /// <param name="staleAfter">The age from which on a row is stale.</param>
    public static Standing Of(MembershipTableData table, SiloAddress silo, DateTime now, TimeSpan staleAfter)
    {
        int peers = table.Members.Count(row => row.Item1.Status == SiloStatus.Active);
        if (table.TryGet(silo)?.Item1 is not { } row)
            return Gone(peers);
        if (row.Status == SiloStatus.Dead)
            return Out(peers, "The others have declared this silo dead, since it did not answer them.");
        if (row.Status != SiloStatus.Active)
            return Unknown($"This silo is {row.Status} in the membership table.") with { Peers = peers };
        if (now - row.IAmAliveTime > staleAfter)
            return Out(peers, $"This silo could not renew its row in the membership table for {staleAfter.TotalSeconds:0.#} s and more.")
                with { IsStale = true };
        return new Standing(IsMember: true, IsOut: false, IsStale: false, peers, Problem: null);
    }

    private static Standing Out(int peers, string why) => new(IsMember: false, IsOut: true, IsStale: false, peers, why);
}
