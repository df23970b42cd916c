namespace MnistDistributed.Model.Protocol;

/// <summary>Consecutive units of work.</summary>
/// <param name="First">The first unit.</param>
/// <param name="End">The unit after the last.</param>
/// <param name="IsRepeated">Whether some of it was ordered before, and not answered in time.</param>
public readonly record struct UnitRange(int First, int End, bool IsRepeated)
{
    /// <summary>Number of units.</summary>
    public int Count => End - First;
}
