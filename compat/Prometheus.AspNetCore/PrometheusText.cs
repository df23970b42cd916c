using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace OpenTelemetry.Exporter;

/// <summary>Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/</summary>
internal static class PrometheusText
{
    public static string Write(Resource resource, IEnumerable<Metric> metrics)
    {
        var text = new StringBuilder();
        if (resource.Attributes.Any())
        {
            text.Append("# TYPE target_info gauge\n# HELP target_info Target metadata\n");
            text.Append($"target_info{{{string.Join(',', resource.Attributes.Select(attribute => Label(attribute.Key, attribute.Value)))}}} 1\n");
        }
        var families = metrics
            .Where(metric => metric.MetricType != MetricType.ExponentialHistogram)
            .Select(metric => (Name: PrometheusName.Of(metric), Type: TypeOf(metric), Metric: metric))
            .GroupBy(family => family.Name)
            .OrderBy(family => family.Key, StringComparer.Ordinal);
        foreach (var family in families)
        {
            var type = family.First().Type;
            text.Append($"# TYPE {family.Key} {type}\n");
            if (family.Select(member => member.Metric.Description).FirstOrDefault(help => help is { Length: > 0 }) is { } help)
                text.Append($"# HELP {family.Key} {Escape(help)}\n");
            // Of metrics that differ in type but not in name only one can be told.
            foreach (var (_, _, metric) in family.Where(member => member.Type == type))
                WritePoints(text, family.Key, metric);
        }
        return text.ToString();
    }

    private static string TypeOf(Metric metric) => metric.MetricType switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.Histogram => "histogram",
        _ => "gauge",
    };

    private static void WritePoints(StringBuilder text, string name, Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = Labels(metric, point);
            if (metric.MetricType == MetricType.Histogram)
            {
                WriteHistogram(text, name, labels, point);
                continue;
            }
            var value = metric.MetricType switch
            {
                MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong().ToString(CultureInfo.InvariantCulture),
                MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => Number(point.GetSumDouble()),
                MetricType.LongGauge => point.GetGaugeLastValueLong().ToString(CultureInfo.InvariantCulture),
                _ => Number(point.GetGaugeLastValueDouble()),
            };
            text.Append($"{name}{{{labels}}} {value}\n");
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            text.Append($"{name}_bucket{{{labels},le=\"{Number(bucket.ExplicitBound)}\"}} {count}\n");
        }
        text.Append($"{name}_sum{{{labels}}} {Number(point.GetHistogramSum())}\n");
        text.Append($"{name}_count{{{labels}}} {point.GetHistogramCount()}\n");
    }

    private static string Labels(Metric metric, in MetricPoint point)
    {
        var labels = new List<string> { Label("otel_scope_name", metric.MeterName) };
        if (metric.MeterVersion is { Length: > 0 } version)
            labels.Add(Label("otel_scope_version", version));
        foreach (var tag in metric.MeterTags ?? [])
            labels.Add(Label("otel_scope_" + tag.Key, tag.Value));
        foreach (var tag in point.Tags)
            labels.Add(Label(tag.Key, tag.Value));
        return string.Join(',', labels);
    }

    private static string Label(string key, object? value)
    {
        var text = value switch
        {
            bool flag => flag ? "true" : "false",
            double number => Number(number),
            float number => Number(number),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
        return $"{PrometheusName.OfLabel(key)}=\"{Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static string Number(double value) => double.IsFinite(value) ? value.ToString(CultureInfo.InvariantCulture)
        : double.IsNaN(value) ? "NaN"
        : value > 0 ? "+Inf" : "-Inf";

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
