using System.Globalization;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>Silos that ran and were ended.</summary>
/// <param name="Count">How many.</param>
/// <param name="Killed">Those of them that had to be killed.</param>
public sealed record EndedSilos(int Count, IReadOnlyList<SiloRecord> Killed)
{
    /// <summary>A line for each that had to be killed.</summary>
    /// <param name="patience">How long it was waited for.</param>
    public IEnumerable<string> Lines(TimeSpan patience) => Killed.Select(silo =>
        string.Create(CultureInfo.InvariantCulture,
            $"{silo.Name} (process {silo.Pid}) did not end within {patience.TotalSeconds:0.#} s and was killed."));
}
