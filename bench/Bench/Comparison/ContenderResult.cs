namespace MnistDistributed.Bench.Comparison;

/// <summary>What a contender measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Threads">How many threads, or workers, or processes of one thread, computed.</param>
/// <param name="IsOurs">Whether it is this program.</param>
/// <param name="Rounds">Round by round.</param>
public sealed record ContenderResult(string Name, int Threads, bool IsOurs, IReadOnlyList<Figures> Rounds)
{
    /// <summary>The median of each figure.</summary>
    public Figures Median { get; } = Figures.MedianOf(Rounds);
}
