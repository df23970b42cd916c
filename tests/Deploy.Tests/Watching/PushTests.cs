namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>Where the standard variables name a collector, metrics, traces and logs of both programs get there.</summary>
public class PushTests
{
    [Fact]
    public async Task Metrics_traces_and_logs_of_coordinator_and_silo_are_pushed()
    {
        Needs.Unix();
        using var workspace = new Workspace();
        using var collector = new Collector();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test-bench",
        };
        int gateway = Ports.Free();
        await using var silo = Programs.Silo(
            workspace.Folder,
            [
                "--silo-port", $"{Ports.Free()}", "--gateway-port", $"{gateway}", "--http-port", $"{Ports.Free()}", "--name", "pushing",
                "--data", "data", "--workers", "1",
            ],
            environment);
        await silo.Line("Data set ");
        await using var train = Programs.Coordinator(
            workspace.Folder,
            ["train", "--cluster", $"127.0.0.1:{gateway}", "--validation", "500", "--epochs", "1", "--data", "data", "--no-http"], environment);
        Assert.True(await train.End() == 0, train.Said);
        silo.Signal("TERM");
        Assert.True(await silo.End() == 0, silo.Said);

        string traces = collector.Received("traces");
        // A span has its name as a field of its own: its length comes before it.
        foreach (string span in (string[])[
            "\u0009open term", "\u0004step", "\u0007compute", "\u0004push", "\u0006update", "IParameterServerGrain/Push"])
            Assert.Contains(span, traces, StringComparison.Ordinal);
        Assert.Contains("pushing/0", traces, StringComparison.Ordinal);
        string metrics = collector.Received("metrics");
        foreach (string metric in (string[])["mnist.run.state", "mnist.step.duration", "mnist.silo.member", "orleans-", "dotnet.gc"])
            Assert.Contains(metric, metrics, StringComparison.Ordinal);
        string logs = collector.Received("logs");
        Assert.Contains("Data set ", logs, StringComparison.Ordinal);
        foreach (string resource in (string[])["mnist-silo", "pushing", "test-bench"])
            Assert.All([traces, metrics, logs], signal => Assert.Contains(resource, signal, StringComparison.Ordinal));
        Assert.All([traces, metrics], signal => Assert.Contains("mnist-coordinator", signal, StringComparison.Ordinal));
    }
}
