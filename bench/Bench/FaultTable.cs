using System.Globalization;
using System.Text;

namespace MnistDistributed.Bench;

/// <summary>The figures as Markdown.</summary>
public static class FaultTable
{
    /// <summary>Two tables: the whole, and each kind of fault.</summary>
    public static string Of(FaultFigures figures)
    {
        var text = new StringBuilder();
        Row("figure", "value");
        Row("---", "---");
        Row("plans run", Number(figures.Plans));
        Row("faults planned", Number(figures.Kinds.Sum(kind => kind.Planned)));
        Row("faults that struck", Number(figures.Kinds.Sum(kind => kind.Struck)));
        Row("runs whose weights or curves differed", Number(figures.Differing));
        Row("weights of the undisturbed run", $"{figures.Weights[..16]}...");
        Row("samples lost", Number(figures.SamplesLost));
        Row("samples counted twice", Number(figures.SamplesDoubled));
        Row("terms opened", Number(figures.Terms));
        Row("time simulated", string.Create(CultureInfo.InvariantCulture, $"{figures.VirtualHours:N1} h"));
        Row("time that it took", string.Create(CultureInfo.InvariantCulture, $"{figures.Seconds:N0} s"));
        text.AppendLine();
        Row("fault", "planned", "struck", "next step: median", "worst", "recovered: median", "worst");
        Row("---", "---:", "---:", "---:", "---:", "---:", "---:");
        foreach (var kind in figures.Kinds)
        {
            Row(kind.Kind, Number(kind.Planned), Number(kind.Struck),
                Seconds(kind.NextStepMedian), Seconds(kind.NextStepWorst), Seconds(kind.RecoveredMedian), Seconds(kind.RecoveredWorst));
        }

        return text.ToString();

        void Row(params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double? value) =>
        value is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s") : "";
}
