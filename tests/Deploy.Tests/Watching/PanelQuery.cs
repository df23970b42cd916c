using System.Text.Json;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>A query of a dashboard.</summary>
/// <param name="Dashboard">The dashboard's file.</param>
/// <param name="Panel">The title of the panel, or what else asks.</param>
/// <param name="Kind">The panel's type; annotation for an annotation.</param>
/// <param name="Id">The query within the panel.</param>
/// <param name="Expression">What is asked, with Grafana's variables.</param>
/// <param name="Legend">How a series is named, with <c>{{label}}</c> for labels.</param>
public sealed record PanelQuery(string Dashboard, string Panel, string Kind, string Id, string Expression, string Legend)
{
    private static readonly Lazy<IReadOnlyList<PanelQuery>> Read = new(() => [.. new[] { "training", "cluster" }.SelectMany(Of)]);

    /// <summary>All queries of all dashboards.</summary>
    public static IReadOnlyList<PanelQuery> All => Read.Value;

    /// <summary>What Prometheus is asked.</summary>
    /// <param name="run">The run that is chosen.</param>
    public string With(string run) => Expression.Replace("$__rate_interval", "8s", StringComparison.Ordinal)
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
        foreach (var target in targets.EnumerateArray())
        {
            yield return new PanelQuery(
                dashboard, panel.GetProperty("title").GetString()!, panel.GetProperty("type").GetString()!, Text(target, "refId"),
                Text(target, "expr"), Text(target, "legendFormat"));
        }
    }

    private static IEnumerable<PanelQuery> Annotations(string dashboard, JsonElement root) =>
        from annotation in root.GetProperty("annotations").GetProperty("list").EnumerateArray()
        where annotation.GetProperty("datasource").TryGetProperty("type", out var type) && type.GetString() == "prometheus"
        select new PanelQuery(
            dashboard, annotation.GetProperty("name").GetString()!, "annotation", "", Text(annotation.GetProperty("target"), "expr"),
            $"{Text(annotation, "titleFormat")} {Text(annotation, "textFormat")}");

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
