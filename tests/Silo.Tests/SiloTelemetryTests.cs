using System.Net;
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

    [Fact]
    public async Task A_collector_that_never_answers_holds_the_end_up_for_one_push_at_most()
    {
        Needs.Unix();
        await using var collector = new OtlpCollector(answers: false);
        var environment = collector.Environment;
        // Nothing is pushed before the end, and then metrics and logs are to be.
        foreach (string interval in (string[])["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"])
            environment[interval] = "86400000";
        await using var silo = TestSilo.Start("pushing", _workspace.Folder, environment, "--data", "data");
        await silo.Ready();
        silo.Process.Signal("TERM");
        Assert.Equal(0, await silo.Process.End());
        Assert.InRange(collector.Paths.Count, 0, 1);
    }

    [Fact]
    public async Task Two_silos_of_one_name_are_told_apart()
    {
        await using var silo = TestSilo.Start("twin", _workspace.Folder, "--data", "data");
        await silo.Ready();
        Assert.Equal(1, await silo.Metric("target_info", $"service_instance_id=\"{Environment.MachineName}-{silo.Process.Id}\""));
    }

    [Fact]
    public async Task A_run_that_fails_says_why_before_its_metrics_linger_and_keeps_its_exit_code()
    {
        Needs.Unix();
        await using var silo = TestSilo.Start("alone", _workspace.Folder, "--data", "data", "--workers", "1");
        await silo.Ready();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        await using var train = _workspace.Train("--cluster", silo.GatewayAddress, "--min-workers", "2", "--quorum-timeout", "1",
            "--http", url["http://".Length..], "--linger", "86400");
        await train.Line($"The last metrics stay at {url}/metrics");
        string line = Assert.Single(train.Error);
        Assert.StartsWith("The run needs 2 workers, and for 1 s there were 1 at most.", line, StringComparison.Ordinal);
        using var client = new HttpClient();
        string metrics = await client.GetStringAsync($"{url}/metrics", TestContext.Current.CancellationToken);
        Assert.Matches(@"(?m)^mnist_run_state\{run=""\S+"",state=""failed""\} 1$", metrics);
        using var health = await client.GetAsync($"{url}/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);

        train.Signal("INT");
        Assert.Equal(3, await train.End());
    }
}
