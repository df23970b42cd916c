using System.Globalization;
using System.Text;

namespace MnistDistributed.Bench.Comparison;

/// <summary>The comparison as Markdown.</summary>
public static class ComparisonTable
{
    /// <summary>The table, ratios first.</summary>
    public static string Of(IEnumerable<ComparisonRow> rows)
    {
        var text = new StringBuilder();
        Row("ratio", "figure", "ours", "the other", "which is");
        Row("---:", "---", "---:", "---:", "---");
        foreach (var row in rows)
        {
            Row(row.Ratio is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{ratio:F2}x") : "", row.Figure,
                Shown(row.Ours, row.Unit), row.Theirs is { } theirs ? Shown(theirs, row.Unit) : "", row.Other ?? "");
        }

        return text.ToString();

        void Row(params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    private static string Shown(double value, string unit) =>
        $"{value.ToString(unit switch { "s" => "N2", "%" => "N1", _ => "N0" }, CultureInfo.InvariantCulture)} {unit}";
}
