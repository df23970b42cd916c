namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>Consecutive units of work: slots of a step, or chunks of an evaluation.</summary>
/// <param name="First">The first unit.</param>
/// <param name="End">The unit after the last.</param>
public readonly record struct UnitRange(int First, int End)
{
    /// <summary>Number of units.</summary>
    public int Count => End - First;

    /// <summary>How many units are in this range and in <paramref name="other"/>.</summary>
    public int Overlap(UnitRange other) => Math.Max(0, Math.Min(End, other.End) - Math.Max(First, other.First));

    /// <summary>Whether <paramref name="other"/> lies in this range.</summary>
    public bool Contains(UnitRange other) => First <= other.First && other.End <= End;
}
