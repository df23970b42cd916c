using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the rules ask is there, and the alerts of the faults that there were have fired.</summary>
/// <param name="runs">The runs.</param>
public sealed partial class RuleTests(WatchedRuns runs)
{
    [Fact]
    public async Task Each_rule_is_evaluated_without_an_error()
    {
        await runs.Ready();
        Assert.All(await runs.Prometheus.Rules(), rule => Assert.True(
            Text(rule, "health") == "ok" && Text(rule, "lastError") == "", $"{rule}"));
    }

    [Fact]
    public async Task Each_recording_rule_has_recorded_something()
    {
        await runs.Ready();
        foreach (var rule in (await runs.Prometheus.Rules()).Where(rule => Text(rule, "type") == "recording"))
            Assert.NotEmpty(await runs.Prometheus.Query($"last_over_time({Text(rule, "name")}[10m])"));
    }

    [Fact]
    public async Task Each_series_that_an_alert_looks_at_exists()
    {
        await runs.Ready();
        foreach (var rule in (await runs.Prometheus.Rules()).Where(rule => Text(rule, "type") == "alerting"))
        {
            foreach (string selector in Selectors().Matches(Text(rule, "query")).Select(match => match.Value))
            {
                var series = await runs.Prometheus.Query($"last_over_time({selector}[10m])");
                Assert.True(series.Count > 0, $"{Text(rule, "name")}: {selector}");
            }
        }
    }

    [Fact]
    public async Task The_alerts_of_what_happened_were_pending_at_least_and_no_other_was()
    {
        await runs.Ready();
        var alerts = await runs.Prometheus.QueryRange("ALERTS", TimeSpan.FromMinutes(10));
        var names = alerts.Select(alert => PrometheusServer.LabelsOf(alert)["alertname"]).ToHashSet();
        Assert.Superset(new HashSet<string> { "MnistWorkerLost", "MnistSiloDown", "MnistSiloNotInMembership" }, names);
        // A worker may well be slow on a machine that does other things besides.
        Assert.DoesNotContain(
            alerts.Select(PrometheusServer.LabelsOf),
            labels => labels.GetValueOrDefault("run") == runs.Undisturbed && labels["alertname"] != "MnistStraggler");
    }

    [Fact]
    public async Task The_panel_of_stragglers_shows_what_their_alert_looks_at()
    {
        await runs.Ready();
        const string slowness = "run_worker:mnist_worker_slowness:ratio_rate1m";
        const string time = "run_worker:mnist_worker_compute_seconds_per_image:rate1m";
        var queries = (await runs.Prometheus.Rules()).GroupBy(rule => Text(rule, "name"))
            .ToDictionary(rules => rules.Key, rules => Text(rules.First(), "query"));
        Assert.Contains(slowness, queries["MnistStraggler"], StringComparison.Ordinal);
        // At the same instants, as the recorded values are not.
        string recorded = queries[slowness].Replace(time, $"({queries[time]})", StringComparison.Ordinal);
        string alert = $"sum by (worker) (({recorded}) and on (run) mnist_run_info{{run=\"{runs.Undisturbed}\"}})";
        string panel = PanelQuery.All.Single(query => query.Panel == "Stragglers").With(runs.Undisturbed);
        var range = TimeSpan.FromMinutes(10);
        Assert.NotEmpty(await runs.Prometheus.QueryRange(alert, range));
        Assert.Empty(await runs.Prometheus.QueryRange($"({alert}) unless on (worker) ({panel})", range));
        Assert.Empty(await runs.Prometheus.QueryRange($"abs(({alert}) - on (worker) ({panel})) > 1e-9", range));
    }

    private static string Text(JsonElement rule, string name) => rule.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    [GeneratedRegex(@"\b(?:[a-z_]+:)?(?:mnist_[a-z0-9_]+(?::[a-z0-9_]+)?|up)\b(?:\{[^}]*\})?")]
    private static partial Regex Selectors();
}
