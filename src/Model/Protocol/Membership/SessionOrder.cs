using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>The last order of a session.</summary>
/// <param name="Number">Counts the orders of the term.</param>
/// <param name="Round">What it is of.</param>
/// <param name="Step">Its step.</param>
/// <param name="Units">What was ordered.</param>
/// <param name="IsSpeculative">Whether an earlier holder may yet answer.</param>
/// <param name="IssuedAt">When.</param>
/// <param name="LeaseEnd">Until when it is this session's.</param>
internal sealed record SessionOrder(int Number, Round Round, int Step, UnitRange Units, bool IsSpeculative, long IssuedAt, long LeaseEnd)
{
    /// <summary>Whether some of a speculative order was answered before the earlier holder answered.</summary>
    public bool HasWon { get; set; }

    /// <summary>How many of its units an answer is of, which may be of other sessions' units, too.</summary>
    public int Answered(Round round, int step, UnitRange units) => Step == step && Round == round ? Units.Overlap(units) : 0;

    /// <summary>Whether <paramref name="units"/> are an answer to it.</summary>
    public bool Asks(Round round, int step, UnitRange units) => Step == step && Round == round && Units.Contains(units);
}
