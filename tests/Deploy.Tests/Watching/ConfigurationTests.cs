using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>The configurations of Prometheus are valid, and each alert fires when it should.</summary>
public partial class ConfigurationTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "prometheus");

    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "config", "prometheus-compose.yml")]
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
    public void All_configurations_have_the_same_intervals_rules_and_jobs(string pattern)
    {
        string[] here = Of("prometheus.yml");
        Assert.NotEmpty(here);
        Assert.Equal(here, Of("prometheus-kubernetes.yml"));
        Assert.Equal(here, Of("prometheus-compose.yml"));

        string[] Of(string file) =>
            [.. Regex.Matches(Repository.Read($"deploy/prometheus/{file}"), pattern, RegexOptions.Multiline).Select(match => match.Value)];
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
