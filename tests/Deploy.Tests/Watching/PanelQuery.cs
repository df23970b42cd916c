using System.Globalization;
using System.Text.Json;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>A query of a dashboard.</summary>
/// <param name="Dashboard">The dashboard's file.</param>
/// <param name="Panel">The title of the panel, or what else asks.</param>
/// <param name="Kind">The panel's type; annotation for an annotation.</param>
/// <param name="Id">The query within the panel.</param>
/// <param name="Expression">What is asked, with Grafana's variables.</param>
/// <param name="Legend">How a series is named, with <c>{{label}}</c> for labels.</param>
/// <param name="IsInstant">Whether only the newest values are asked for.</param>
/// <param name="Interval">The least seconds between two values.</param>
/// <param name="Columns">The labels that the panel's transformations name, as columns of a table.</param>
public sealed record PanelQuery(
    string Dashboard, string Panel, string Kind, string Id, string Expression, string Legend, bool IsInstant, int Interval,
    IReadOnlyList<string> Columns)
{
    // Prometheus scrapes as often, and Grafana asks no more often.
    private const int ScrapeInterval = 2;

    private static readonly Lazy<IReadOnlyList<PanelQuery>> Read = new(() => [.. new[] { "training", "cluster" }.SelectMany(Of)]);

    /// <summary>All queries of all dashboards.</summary>
    public static IReadOnlyList<PanelQuery> All => Read.Value;

    /// <summary>What Prometheus is asked.</summary>
    /// <param name="run">The run that is chosen.</param>
    public string With(string run) => Expression.Replace("$__rate_interval", $"{4 * Interval}s", StringComparison.Ordinal)
        .Replace("$__range", "30m", StringComparison.Ordinal).Replace("$__interval", "2s", StringComparison.Ordinal)
        .Replace("$run", run, StringComparison.Ordinal).Replace("$instance", ".+", StringComparison.Ordinal);

    public override string ToString() => $"{Dashboard}: {Panel} {Id}";

    private static IEnumerable<PanelQuery> Of(string dashboard)
    {
        using var json = JsonDocument.Parse(Repository.Read($"deploy/grafana/dashboards/{dashboard}.json"));
        var root = json.RootElement;
        return [.. Panels(root).SelectMany(panel => Queries(dashboard, panel)), .. Annotations(dashboard, root)];
    }

    private static IEnumerable<JsonElement> Panels(JsonElement parent) =>
        parent.TryGetProperty("panels", out var panels) ? panels.EnumerateArray().SelectMany(panel => Panels(panel).Prepend(panel)) : [];

    private static IEnumerable<PanelQuery> Queries(string dashboard, JsonElement panel)
    {
        if (!panel.TryGetProperty("targets", out var targets))
            yield break;
        string[] columns = panel.TryGetProperty("transformations", out var transformations) ? Columnized(transformations) : [];
        foreach (var target in targets.EnumerateArray())
        {
            yield return new PanelQuery(
                dashboard, panel.GetProperty("title").GetString()!, panel.GetProperty("type").GetString()!, Text(target, "refId"),
                Text(target, "expr"), Text(target, "legendFormat"), target.GetProperty("instant").GetBoolean(), Seconds(target), columns);
        }
    }

    private static string[] Columnized(JsonElement transformations)
    {
        var options = transformations.EnumerateArray().ToDictionary(one => Text(one, "id"), one => one.GetProperty("options"));
        if (options.TryGetValue("groupingToMatrix", out var matrix))
            return [Text(matrix, "rowField"), Text(matrix, "columnField")];
        return [
            .. options["organize"].EnumerateObject().SelectMany(fields => fields.Value.EnumerateObject())
                .Select(field => field.Name).Distinct()
                .Where(field => field != "Time" && !field.StartsWith("Value", StringComparison.Ordinal))];
    }

    private static IEnumerable<PanelQuery> Annotations(string dashboard, JsonElement root) =>
        from annotation in root.GetProperty("annotations").GetProperty("list").EnumerateArray()
        where annotation.GetProperty("datasource").TryGetProperty("type", out var type) && type.GetString() == "prometheus"
        let target = annotation.GetProperty("target")
        select new PanelQuery(
            dashboard, annotation.GetProperty("name").GetString()!, "annotation", "", Text(target, "expr"),
            $"{Text(annotation, "titleFormat")} {Text(annotation, "textFormat")}", target.GetProperty("instant").GetBoolean(),
            Seconds(target), []);

    private static int Seconds(JsonElement target) =>
        Text(target, "interval") is { Length: > 0 } interval
            ? int.Parse(interval.TrimEnd('s'), CultureInfo.InvariantCulture) : ScrapeInterval;

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
