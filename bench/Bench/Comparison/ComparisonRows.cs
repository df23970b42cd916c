namespace MnistDistributed.Bench.Comparison;

/// <summary>From what the contenders measured to what is told of it.</summary>
/// <param name="results">The contenders.</param>
public sealed class ComparisonRows(IReadOnlyList<ContenderResult> results)
{
    /// <summary>Our contender on two silo processes.</summary>
    public const string OurProcesses = "ours, 2 workers on 2 silo processes";

    private const string Speed = "images/s";

    private readonly List<ComparisonRow> _rows = [];

    /// <summary>Our contender in one process.</summary>
    /// <param name="workers">Its workers.</param>
    public static string Ours(int workers) => workers == 1 ? "ours, 1 worker" : $"ours, {workers} workers";

    /// <summary>Makes the rows. Figures that somebody did not measure are left out.</summary>
    public static IReadOnlyList<ComparisonRow> Of(IReadOnlyList<ContenderResult> results)
    {
        var rows = new ComparisonRows(results);
        var (one, two, processes) = (rows.Find(Ours(1)), rows.Find(Ours(2)), rows.Find(OurProcesses));
        rows.AgainstPeers("training, 1 worker", Speed, one, figures => figures.TrainImagesPerSecond);
        rows.AgainstPeers("training, 2 workers in process", Speed, two, figures => figures.TrainImagesPerSecond);
        rows.Add("training, 2 workers in process", Speed, two, one, figures => figures.TrainImagesPerSecond);
        rows.Add("training, 2 workers on 2 silo processes", Speed, processes, one, figures => figures.TrainImagesPerSecond);
        rows.AgainstPeers("evaluation, 1 thread", Speed, one, figures => figures.EvaluationImagesPerSecond);
        rows.Add("step outside the engine, 2 workers in process", "%", two, null, figures => 100 * figures.OutsideEngine);
        rows.Add("allocated a step, 2 workers in process", "bytes", two, null, figures => figures.AllocatedBytes);
        rows.AgainstPeers("start of the process to its first step", "s", two, figures => figures.FirstStepSeconds);
        rows.AgainstPeers("peak memory of a training, 2 workers", "MB", two, figures => figures.PeakBytes / 1e6);
        return rows._rows;
    }

    private ContenderResult Find(string name) => results.Single(result => result.Name == name);

    private void AgainstPeers(string figure, string unit, ContenderResult ours, Func<Figures, double?> value)
    {
        var peers = results.Where(peer => !peer.IsOurs && peer.Threads == ours.Threads && value(peer.Median) is not null).ToList();
        foreach (var peer in peers)
            Add(figure, unit, ours, peer, value);
        if (peers.Count == 0)
            Add(figure, unit, ours, null, value);
    }

    private void Add(string figure, string unit, ContenderResult ours, ContenderResult? other, Func<Figures, double?> value)
    {
        if (value(ours.Median) is not { } own)
            return;
        double? theirs = other is null ? null : value(other.Median);
        // Of seconds and bytes fewer are better.
        _rows.Add(new ComparisonRow(figure, unit, unit == Speed ? own / theirs : theirs / own, own, theirs, other?.Name));
    }
}
