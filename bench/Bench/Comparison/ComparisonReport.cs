using System.Text.Json;
using System.Text.Json.Serialization;

namespace MnistDistributed.Bench.Comparison;

/// <summary>All that the comparison measured, and on what: its JSON file.</summary>
public sealed record ComparisonReport
{
    /// <summary>How it is written.</summary>
    public static JsonSerializerOptions Json { get; } = new(Figures.Json) { WriteIndented = true };

    /// <summary>The machine.</summary>
    public required Machine Machine { get; init; }

    /// <summary>Each contender, round by round.</summary>
    public required IReadOnlyList<ContenderResult> Contenders { get; init; }

    /// <summary>Which peers are missing, and how they can be had.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The rows of the table.</summary>
    public IReadOnlyList<ComparisonRow> Rows => ComparisonRows.Of(Contenders);

    /// <summary>What was measured on what, in words.</summary>
    [JsonIgnore]
    public string Conditions
    {
        get
        {
            var versions = Contenders.Where(peer => !peer.IsOurs)
                .Select(peer => $"{peer.Name.Split(',')[0]} {peer.Median.Version}").Distinct();
            int rounds = Contenders[0].Rounds.Count;
            string shown = rounds == 1 ? "of one round" : $"of {rounds} rounds";
            return $"""
                On {string.Join("; ", [$"{Machine}", .. versions])}.
                Batch 128; medians {shown} in which all took turns. A ratio says how many times as good ours is.
                Ours is `mnist train` as it is, the last of two epochs; the peers' a bare training loop, 150 steps after 20, with layouts,
                allocator and BLAS that make them fast.
                """;
        }
    }
}
