using System.Globalization;
using System.Text.Json;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the dashboards show of a run that is stopped, resumed by another coordinator while the first lingers, and lost.</summary>
public class ResumedRunTests
{
    private const string Series = """
        # It is stopped after 20 s, and lingers.
        - {series: 'mnist_run_info{run="r", instance="old"}', values: '1+0x300'}
        - {series: 'mnist_run_start_time_seconds{run="r", instance="old"}', values: '1000+0x300'}
        - {series: 'mnist_run_state{run="r", instance="old", state="training"}', values: '1+0x9 0+0x290'}
        - {series: 'mnist_run_state{run="r", instance="old", state="stopped"}', values: '0+0x9 1+0x290'}
        - {series: 'mnist_run_epoch{run="r", instance="old"}', values: '3+0x300'}
        - {series: 'mnist_run_step{run="r", instance="old"}', values: '300+0x300'}
        - {series: 'mnist_run_step_limit{run="r", instance="old"}', values: '400+0x300'}
        - {series: 'mnist_checkpoint_age_seconds{run="r", instance="old"}', values: '0+2x300'}
        # Its first term is counted at the coordinator's first look.
        - {series: 'mnist_run_terms_total{run="r", instance="old"}', values: '0+0x2 1+0x297'}
        # It is resumed 40 s after, from a step before, and its new coordinator is killed after 5 minutes.
        - {series: 'mnist_run_info{run="r", instance="new"}', values: '_x30 1+0x150 stale'}
        - {series: 'mnist_run_start_time_seconds{run="r", instance="new"}', values: '_x30 1060+0x150 stale'}
        - {series: 'mnist_run_state{run="r", instance="new", state="training"}', values: '_x30 1+0x150 stale'}
        - {series: 'mnist_run_state{run="r", instance="new", state="stopped"}', values: '_x30 0+0x150 stale'}
        - {series: 'mnist_run_epoch{run="r", instance="new"}', values: '_x30 2+0x150 stale'}
        - {series: 'mnist_run_step{run="r", instance="new"}', values: '_x30 200+0x150 stale'}
        - {series: 'mnist_run_step_limit{run="r", instance="new"}', values: '_x30 400+0x150 stale'}
        - {series: 'mnist_checkpoint_age_seconds{run="r", instance="new"}', values: '_x30 3+0x150 stale'}
        # It loses its parameter server after two minutes.
        - {series: 'mnist_run_terms_total{run="r", instance="new"}', values: '_x30 1+0x60 2+0x89 stale'}
    """;

    [Fact]
    public Task The_newer_coordinator_is_believed() => Check(
        Shows("training: State A", "10s", "{state=\"training\"}", 1),
        Shows("training: State A", "40s", "{state=\"stopped\"}", 1),
        Shows("training: State A", "3m", "{state=\"training\"}", 1),
        Shows("training: State A", "8m", "{state=\"vanished\"}", 2),
        Shows("training: Progress A", "40s", "{}", 3),
        Shows("training: Progress A", "3m", "{}", 2),
        Shows("training: Progress A", "8m", "{}", 2),
        Shows("training: Progress C", "3m", "{}", 0.5),
        Shows("training: Newest checkpoint A", "40s", "{}", 40),
        Shows("training: Newest checkpoint A", "3m", "{}", 3),
        Shows("training: States A", "40s", "{}", 7),
        Shows("training: States A", "3m", "{}", 2));

    [Fact]
    public Task A_term_is_marked_that_is_not_the_first_one() => Check(
        Shows("training: Terms ", "8s", "{}", null),
        Shows("training: Terms ", "3m4s", "{}", 1),
        Shows("training: Terms ", "3m20s", "{}", null),
        Shows("cluster: Terms ", "8s", "{}", null),
        Shows("cluster: Terms ", "3m4s", "{}", 1));

    // What counts of an annotation is whether it is there.
    private static string Shows(string name, string time, string labels, double? value)
    {
        var query = PanelQuery.All.Single(one => $"{one}" == name);
        string all = query.Kind == "annotation" ? "count" : "sum";
        string samples = value is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{{labels: '{labels}', value: {value}}}");
        string asked = JsonSerializer.Serialize($"{all} by (state) ({query.With("r")})");
        return $"{{expr: {asked}, eval_time: {time}, exp_samples: [{samples}]}}";
    }

    private static async Task Check(params IEnumerable<string> shown)
    {
        Needs.Prometheus();
        using var folder = new TemporaryFolder();
        await File.WriteAllLinesAsync(
            folder.File("panels.yml"),
            [
                "evaluation_interval: 2s", "tests:", "- interval: 2s", "  input_series:", Series, "  promql_expr_test:",
                .. shown.Select(one => $"  - {one}"),
            ]);
        await using var promtool = ProgramProcess.Start("promtool", folder.Path, ["test", "rules", "panels.yml"]);
        Assert.True(await promtool.End() == 0, promtool.Said);
    }
}
