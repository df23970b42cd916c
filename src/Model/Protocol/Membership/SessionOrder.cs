using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Model.Protocol.Membership;

/// <summary>The last order of a session.</summary>
/// <param name="Step">Its step.</param>
/// <param name="IsEvaluation">Whether it is of an evaluation.</param>
/// <param name="Units">What was ordered.</param>
/// <param name="IsSpeculative">Whether an earlier holder may yet answer.</param>
/// <param name="IssuedAt">When.</param>
/// <param name="LeaseEnd">Until when it is this session's.</param>
internal sealed record SessionOrder(int Step, bool IsEvaluation, UnitRange Units, bool IsSpeculative, long IssuedAt, long LeaseEnd)
{
    /// <summary>Whether some of a speculative order was answered before the earlier holder answered.</summary>
    public bool HasWon { get; set; }

    /// <summary>Whether <paramref name="units"/> are an answer to it.</summary>
    public bool Asks(int step, bool isEvaluation, UnitRange units) => Step == step && IsEvaluation == isEvaluation && Units.Contains(units);
}
