namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>The configuration of Prometheus is one, and each alert fires when it should.</summary>
public class ConfigurationTests
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
}
