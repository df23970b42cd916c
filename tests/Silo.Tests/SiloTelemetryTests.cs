using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>What a silo process tells a collector.</summary>
public sealed class SiloTelemetryTests : IDisposable
{
    private readonly ClusterWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_collector_that_is_named_gets_metrics_and_logs_and_people_read_each_line_once()
    {
        Needs.Unix();
        await using var collector = new OtlpCollector();
        await using var silo = TestSilo.Start("pushing", _workspace.Folder, collector.Environment, "--data", "data");
        await silo.Ready();
        silo.Process.Signal("TERM");
        Assert.Equal(0, await silo.Process.End());
        foreach (string path in (string[])["/v1/metrics", "/v1/logs"])
        {
            Assert.All(["mnist-silo", "pushing"],
                text => Assert.Contains(text, collector.Got(path), StringComparison.Ordinal));
        }

        Assert.Contains("mnist.silo.capacity", collector.Got("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("Silo \"pushing\" was told to end", collector.Got("/v1/logs"), StringComparison.Ordinal);
        Assert.Single(silo.Process.Output, line => line.Contains("Silo pushing was told to end", StringComparison.Ordinal));
        silo.AssertLog();
    }
}
