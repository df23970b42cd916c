using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>The configuration of Prometheus is one, and alerts and panels tell what they should of series that are made up.</summary>
public partial class ConfigurationTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "prometheus");

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "rules.yml")]
    [InlineData("test", "rules", "rules.test.yml")]
    public async Task Promtool_is_content(params string[] arguments)
    {
        Needs.Prometheus();
        await using var promtool = ProgramProcess.Start("promtool", Folder, arguments);
        Assert.True(await promtool.End() == 0, promtool.Said);
    }

    [Fact]
    public async Task The_configuration_for_Kubernetes_is_one_but_for_how_it_finds_targets()
    {
        Needs.Prometheus();
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Folder, "rules.yml"), folder.File("rules.yml"));
        string config = Repository.Read("deploy/prometheus/prometheus-kubernetes.yml");
        // Debian's promtool does not know this discovery.
        string known = Discovery().Replace(config, "static_configs: [{targets: ['localhost:8080']}]\n");
        Assert.Equal(2, Discovery().Count(config));
        await File.WriteAllTextAsync(folder.File("prometheus.yml"), known, TestContext.Current.CancellationToken);
        await using var promtool = ProgramProcess.Start("promtool", folder.Path, ["check", "config", "prometheus.yml"]);
        Assert.True(await promtool.End() == 0, promtool.Said);
    }

    [Theory]
    [InlineData(@"^ *(scrape_interval|evaluation_interval): .*$")]
    [InlineData(@"^rule_files:\n( +- .*\n)+")]
    [InlineData(@"^ *- job_name: .*$")]
    public void Both_configurations_have_the_same_intervals_rules_and_jobs(string pattern)
    {
        string[] here = Of("prometheus.yml");
        Assert.NotEmpty(here);
        Assert.Equal(here, Of("prometheus-kubernetes.yml"));

        string[] Of(string file) =>
            [.. Regex.Matches(Repository.Read($"deploy/prometheus/{file}"), pattern, RegexOptions.Multiline).Select(match => match.Value)];
    }

    [Fact]
    public async Task Of_two_coordinators_of_a_run_the_dashboard_believes_the_newer_one()
    {
        Needs.Prometheus();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("panels.test.yml"), $$"""
            evaluation_interval: 2s
            tests:
              - interval: 2s
                input_series:
                  # It is stopped after 20 s, and lingers.
                  - {series: 'mnist_run_info{run="r", instance="old"}', values: '1+0x300'}
                  - {series: 'mnist_run_start_time_seconds{run="r", instance="old"}', values: '1000+0x300'}
                  - {series: 'mnist_run_state{run="r", instance="old", state="training"}', values: '1+0x9 0+0x290'}
                  - {series: 'mnist_run_state{run="r", instance="old", state="stopped"}', values: '0+0x9 1+0x290'}
                  - {series: 'mnist_run_epoch{run="r", instance="old"}', values: '3+0x300'}
                  - {series: 'mnist_run_step{run="r", instance="old"}', values: '300+0x300'}
                  - {series: 'mnist_run_step_limit{run="r", instance="old"}', values: '400+0x300'}
                  - {series: 'mnist_checkpoint_age_seconds{run="r", instance="old"}', values: '0+2x300'}
                  # It is resumed 40 s after, from the step before, and its new coordinator is killed after 5 minutes.
                  - {series: 'mnist_run_info{run="r", instance="new"}', values: '_x30 1+0x150 stale'}
                  - {series: 'mnist_run_start_time_seconds{run="r", instance="new"}', values: '_x30 1060+0x150 stale'}
                  - {series: 'mnist_run_state{run="r", instance="new", state="training"}', values: '_x30 1+0x150 stale'}
                  - {series: 'mnist_run_state{run="r", instance="new", state="stopped"}', values: '_x30 0+0x150 stale'}
                  - {series: 'mnist_run_epoch{run="r", instance="new"}', values: '_x30 2+0x150 stale'}
                  - {series: 'mnist_run_step{run="r", instance="new"}', values: '_x30 200+0x150 stale'}
                  - {series: 'mnist_run_step_limit{run="r", instance="new"}', values: '_x30 400+0x150 stale'}
                  - {series: 'mnist_checkpoint_age_seconds{run="r", instance="new"}', values: '_x30 3+0x150 stale'}
                promql_expr_test:
            {{Shows("State A", "10s", "{state=\"training\"}", 1)}}
            {{Shows("State A", "40s", "{state=\"stopped\"}", 1)}}
            {{Shows("State A", "3m", "{state=\"training\"}", 1)}}
            {{Shows("State A", "8m", "{state=\"vanished\"}", 2)}}
            {{Shows("Progress A", "40s", "{}", 3)}}
            {{Shows("Progress A", "3m", "{}", 2)}}
            {{Shows("Progress A", "8m", "{}", 2)}}
            {{Shows("Progress C", "3m", "{}", 0.5)}}
            {{Shows("Newest checkpoint A", "40s", "{}", 40)}}
            {{Shows("Newest checkpoint A", "3m", "{}", 3)}}
            {{Shows("States A", "40s", "{}", 7)}}
            {{Shows("States A", "3m", "{}", 2)}}
            """, TestContext.Current.CancellationToken);
        await using var promtool = ProgramProcess.Start("promtool", folder.Path, ["test", "rules", "panels.test.yml"]);
        Assert.True(await promtool.End() == 0, promtool.Said);

        static string Shows(string query, string time, string labels, double value)
        {
            string asked = PanelQuery.All.Single(one => $"{one}" == $"training: {query}").With("r");
            return string.Create(CultureInfo.InvariantCulture, $$"""
                      - expr: {{JsonSerializer.Serialize($"sum by (state) ({asked})")}}
                        eval_time: {{time}}
                        exp_samples: [{labels: '{{labels}}', value: {{value}}}]
                """);
        }
    }

    [Fact]
    public void Each_alert_has_a_test_and_a_section_in_the_documentation()
    {
        const string mark = "- alert: ";
        string[] alerts = [
            .. Repository.Read("deploy/prometheus/rules.yml").Split('\n').Select(line => line.Trim())
                .Where(line => line.StartsWith(mark, StringComparison.Ordinal)).Select(line => line[mark.Length..])];
        Assert.NotEmpty(alerts);
        string tests = Repository.Read("deploy/prometheus/rules.test.yml");
        string docs = Repository.Read("docs/watching.md");
        Assert.All(alerts, alert =>
        {
            Assert.Contains($"alertname: {alert}", tests, StringComparison.Ordinal);
            Assert.Contains($"# {alert}\n", docs, StringComparison.Ordinal);
        });
    }

    [GeneratedRegex(@"kubernetes_sd_configs:\n(?: {6,}.*\n)+")]
    private static partial Regex Discovery();
}
