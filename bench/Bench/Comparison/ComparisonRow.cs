namespace MnistDistributed.Bench.Comparison;

/// <summary>One figure of ours, and the same of somebody else.</summary>
/// <param name="Figure">What it is.</param>
/// <param name="Unit">In what.</param>
/// <param name="Ratio">How many times as good ours is; null where it is held against nothing.</param>
/// <param name="Ours">Ours, the median.</param>
/// <param name="Theirs">The other's.</param>
/// <param name="Other">The other.</param>
public sealed record ComparisonRow(string Figure, string Unit, double? Ratio, double Ours, double? Theirs, string? Other);
