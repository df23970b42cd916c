using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the dashboards ask is answered, by a real Prometheus that has watched real runs.</summary>
/// <param name="runs">The runs.</param>
public sealed partial class DashboardTests(WatchedRuns runs)
{
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(10);

    // Of a run that is over and of silos that are well these show nothing: they are asked over the time in which there was something.
    private static readonly string[] EmptyAtTheEnd =
        ["training: Time left A", "training: Workers C", "cluster: Silos in the cluster C"];

    // Two silos are left at the end.
    private static readonly Dictionary<string, int> Rows = new()
        { ["Silos"] = 2, ["Classes"] = 10, ["Confusion matrix"] = 100, ["Run"] = 1 };

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
            if (query.Kind == "stat" && query.Panel != "Evaluation time")
                Assert.Single(series);
            if (query.Kind == "table")
            {
                Assert.Equal(Rows[query.Panel], series.Count);
                Assert.NotEmpty(query.Columns);
                Assert.All(series, one => Assert.Superset(query.Columns.ToHashSet(), PrometheusServer.LabelsOf(one).Keys.ToHashSet()));
            }
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

    [Fact]
    public async Task The_state_is_the_one_in_which_a_run_ended()
    {
        await runs.Ready();
        Assert.Equal("done", await State(runs.Undisturbed));
        Assert.Equal("stopped", await State(runs.Disturbed));

        async Task<string> State(string run) => PrometheusServer.LabelsOf(Assert.Single(await Ask(The("training: State A"), run)))["state"];
    }

    [Fact]
    public async Task Only_a_run_that_goes_on_from_a_checkpoint_has_marks_for_terms()
    {
        await runs.Ready();
        Assert.Empty(await Ask(The("training: Terms "), runs.Undisturbed));
        Assert.Single(await Ask(The("training: Terms "), runs.Disturbed));
        var marked = Assert.Single(await Ask(The("cluster: Terms "), runs.Disturbed));
        Assert.Equal(runs.Disturbed, PrometheusServer.LabelsOf(marked)["run"]);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("B")]
    [InlineData("C")]
    public async Task The_orders_repeated_so_far_do_not_become_fewer_when_the_parameter_server_moves(string id)
    {
        await runs.Ready();
        var series = Assert.Single(await Ask(The($"training: Orders repeated {id}"), runs.Disturbed));
        double[] counted = [.. series.GetProperty("values").EnumerateArray()
            .Select(value => double.Parse(value[1].GetString()!, CultureInfo.InvariantCulture))];
        Assert.Equal(counted.Order(), counted);
        if (id == "A")
            Assert.True(counted[^1] > 0, "A silo was lost, and no order was repeated.");
    }

    private Task<IReadOnlyList<JsonElement>> Ask(PanelQuery query, string run) =>
        query.IsInstant && !EmptyAtTheEnd.Contains($"{query}")
            ? runs.Prometheus.Query(query.With(run)) : runs.Prometheus.QueryRange(query.With(run), Watched);

    private static PanelQuery The(string name) => PanelQuery.All.Single(query => $"{query}" == name);

    private static bool IsNumber(JsonElement value) =>
        double.TryParse(value[1].GetString(), CultureInfo.InvariantCulture, out double number) && double.IsFinite(number);

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Labels();
}
