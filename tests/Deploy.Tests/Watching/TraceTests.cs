namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>Where the standard variables name a collector, it gets the traces of a run across its programs.</summary>
public class TraceTests
{
    [Fact]
    public async Task The_opening_of_a_term_and_its_steps_are_traced_across_coordinator_silo_and_worker()
    {
        Needs.Unix();
        using var workspace = new Workspace();
        await using var collector = new OtlpCollector();
        var environment = new Dictionary<string, string>(collector.Environment)
        {
            ["OTEL_TRACES_SAMPLER"] = "always_on",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test-bench",
        };
        int gateway = Ports.Free();
        await using var silo = Programs.Silo(
            workspace.Folder,
            [
                "--silo-port", $"{Ports.Free()}", "--gateway-port", $"{gateway}", "--http-port", $"{Ports.Free()}", "--name", "traced",
                "--data", "data", "--workers", "1",
            ],
            environment);
        await silo.Line("Data set ");
        await using var train = Programs.Coordinator(
            workspace.Folder,
            ["train", "--cluster", $"127.0.0.1:{gateway}", "--validation", "500", "--epochs", "1", "--data", "data", "--no-http"],
            environment);
        Assert.True(await train.End() == 0, train.Said);
        silo.Signal("TERM");
        Assert.True(await silo.End() == 0, silo.Said);

        string traces = collector.Got("/v1/traces");
        // A name that is a field of its own has its length before it.
        foreach (string name in (string[])["open term", "step", "compute", "push", "update", "traced/0"])
            Assert.Contains($"{(char)name.Length}{name}", traces, StringComparison.Ordinal);
        // What Orleans does on the way, so that the silo's part of a trace is found from the coordinator's.
        foreach (string call in (string[])["IParameterServerGrain/Open", "IParameterServerGrain/Push"])
            Assert.Contains(call, traces, StringComparison.Ordinal);
        foreach (string resource in (string[])["mnist-coordinator", "mnist-silo", "test-bench"])
            Assert.Contains(resource, traces, StringComparison.Ordinal);
    }
}
