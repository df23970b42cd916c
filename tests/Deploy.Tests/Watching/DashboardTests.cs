using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the dashboards ask is answered, by a real Prometheus that has watched real runs.</summary>
/// <param name="runs">The runs.</param>
public sealed partial class DashboardTests(WatchedRuns runs)
{
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(10);

    public static TheoryData<string> Queries => [.. PanelQuery.All.Select(query => $"{query}").Distinct()];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Each_query_is_answered_in_the_shape_that_its_panel_needs(string name)
    {
        await runs.Ready();
        foreach (var query in PanelQuery.All.Where(query => $"{query}" == name))
        {
            // What only faults bring about is there in the run that had some.
            var undisturbed = await Ask(query, runs.Undisturbed);
            var series = undisturbed.Count > 0 ? undisturbed : await Ask(query, runs.Disturbed);
            Assert.True(series.Count > 0, $"{query.With(runs.Undisturbed)} gives nothing.");
            foreach (string label in Labels().Matches(query.Legend).Select(match => match.Groups[1].Value))
                Assert.All(series, one => Assert.Contains(label, PrometheusServer.LabelsOf(one).Keys));
            if (query.Kind == "timeseries")
                Assert.All(series, one => Assert.Contains(one.GetProperty("values").EnumerateArray(), IsNumber));
            if (query.Kind == "stat" && !query.Legend.Contains("{{", StringComparison.Ordinal))
                Assert.Single(series);
        }
    }

    [Fact]
    public async Task Each_run_and_each_process_can_be_chosen()
    {
        await runs.Ready();
        Assert.Equal(
            new[] { runs.Undisturbed, runs.Disturbed }.Order(), (await runs.Prometheus.LabelValues("run", "mnist_run_info")).Order());
        Assert.Equal(6, (await runs.Prometheus.LabelValues("instance", "up{job=~\"mnist-.+\"}")).Count);
    }

    private Task<IReadOnlyList<JsonElement>> Ask(PanelQuery query, string run) =>
        query.Kind == "table" ? runs.Prometheus.Query(query.With(run)) : runs.Prometheus.QueryRange(query.With(run), Watched);

    private static bool IsNumber(JsonElement value) =>
        double.TryParse(value[1].GetString(), CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Labels();
}
