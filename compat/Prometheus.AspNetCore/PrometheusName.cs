using System.Text;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter;

/// <summary>
/// Names of metrics and labels, as OpenTelemetry translates them:
/// https://github.com/open-telemetry/opentelemetry-specification/blob/main/specification/compatibility/prometheus_and_openmetrics.md
/// </summary>
internal static class PrometheusName
{
    private static readonly Dictionary<string, string> Units = new()
    {
        ["d"] = "days", ["h"] = "hours", ["min"] = "minutes", ["s"] = "seconds", ["ms"] = "milliseconds", ["us"] = "microseconds", ["ns"] = "nanoseconds",
        ["By"] = "bytes", ["KiBy"] = "kibibytes", ["MiBy"] = "mebibytes", ["GiBy"] = "gibibytes", ["TiBy"] = "tibibytes",
        ["KBy"] = "kilobytes", ["MBy"] = "megabytes", ["GBy"] = "gigabytes", ["TBy"] = "terabytes",
        ["B"] = "bytes", ["KB"] = "kilobytes", ["MB"] = "megabytes", ["GB"] = "gigabytes", ["TB"] = "terabytes",
        ["m"] = "meters", ["V"] = "volts", ["A"] = "amperes", ["J"] = "joules", ["W"] = "watts", ["g"] = "grams",
        ["Cel"] = "celsius", ["Hz"] = "hertz", ["1"] = "", ["%"] = "percent", ["$"] = "dollars",
    };

    private static readonly Dictionary<string, string> PerUnits = new()
    {
        ["s"] = "second", ["m"] = "minute", ["h"] = "hour", ["d"] = "day", ["w"] = "week", ["mo"] = "month", ["y"] = "year",
    };

    /// <summary>The metric's name with its unit, and <c>_total</c> for a counter.</summary>
    public static string Of(Metric metric)
    {
        var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
        var name = Legal(metric.Name, digitFirst: false);
        var unit = Unit(metric.Unit);
        if (!name.EndsWith(unit, StringComparison.Ordinal) && !(isCounter && name.EndsWith(unit + "_total", StringComparison.Ordinal)))
            name += "_" + unit;
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>A label's name.</summary>
    public static string OfLabel(string key) => Legal(key, digitFirst: false).Replace(':', '_');

    private static string Unit(string unit)
    {
        var bare = WithoutAnnotations(unit);
        var slash = bare.IndexOf('/', StringComparison.Ordinal);
        var words = slash < 0 || slash == bare.Length - 1
            ? Units.GetValueOrDefault(bare, bare)
            : Units.GetValueOrDefault(bare[..slash], bare[..slash]) + "_per_" + PerUnits.GetValueOrDefault(bare[(slash + 1)..], bare[(slash + 1)..]);
        return Legal(words, digitFirst: true).Trim('_');
    }

    private static string WithoutAnnotations(string unit)
    {
        for (int open, close; (open = unit.IndexOf('{', StringComparison.Ordinal)) >= 0 && (close = unit.IndexOf('}', open)) >= 0;)
            unit = unit.Remove(open, close - open + 1);
        return unit;
    }

    /// <summary>Runs of what is not allowed become one underscore.</summary>
    private static string Legal(string name, bool digitFirst)
    {
        var legal = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            if ((char.IsAsciiLetterOrDigit(letter) || letter == ':') && (digitFirst || legal.Length > 0 || !char.IsAsciiDigit(letter)))
                legal.Append(letter);
            else if (legal.Length == 0 || legal[^1] != '_')
                legal.Append('_');
        }
        return legal.ToString();
    }
}
