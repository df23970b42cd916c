namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>What the <see cref="WorkBoard"/> gives a session that asks for work.</summary>
/// <param name="Units">The units.</param>
/// <param name="IsNew">False if the session has this order already, and asks because its answer was lost.</param>
/// <param name="IsRepeated">Whether another session was given some of it before, and has not answered.</param>
/// <param name="IsSpeculative">Whether that session is still there, and may yet answer.</param>
public readonly record struct Assignment(UnitRange Units, bool IsNew, bool IsRepeated, bool IsSpeculative)
{
    /// <summary>What it adds to the counters of the term.</summary>
    public TermCounters Counters => new() { RepeatedOrders = IsRepeated ? 1 : 0, SpeculativeOrders = IsSpeculative ? 1 : 0 };
}
