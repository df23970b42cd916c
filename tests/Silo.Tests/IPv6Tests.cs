using System.Net;
using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes that reach each other, and are reached, by addresses of version 6.</summary>
public sealed class IPv6Tests : IAsyncDisposable
{
    private readonly RedisCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_run_on_silos_that_find_each_other_through_a_primary_gives_the_weights_of_one_process()
    {
        Needs.IPv6();
        var primary = Add("primary");
        var other = Add("other", "--primary", primary.SiloAddress, "--listen-any");
        await _cluster.Silos.Ready();
        var status = await other.Status();
        Assert.Equal((other.SiloAddress, other.GatewayAddress), (status!.SiloAddress, status.GatewayAddress));
        Assert.StartsWith("[::1]:", status.SiloAddress, StringComparison.Ordinal);
        Assert.Contains($"silos reach it at {other.SiloAddress}, clients at {other.GatewayAddress};", other.Process.Said,
            StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "ready"), await other.Get("health/ready"));

        await using var train = _cluster.Workspace.Train(
            "--cluster", $"{primary.GatewayAddress},{other.GatewayAddress}", "--min-silos", "2");
        await AssertSameWeights(train);
    }

    [Fact]
    public async Task A_run_on_silos_that_find_each_other_through_Redis_gives_the_weights_of_one_process()
    {
        Needs.IPv6();
        await _cluster.StartRedis();
        for (int i = 0; i < 2; i++)
            _cluster.Add("data", "--address", "::1", "--http-address", "::1");
        await _cluster.Silos.Ready();
        await using var train = _cluster.Train();
        await AssertSameWeights(train);
    }

    private TestSilo Add(string name, params IEnumerable<string> arguments)
    {
        var silo = TestSilo.Start(
            name, _cluster.Workspace.Folder,
            ["--data", "data", "--workers", "1", "--address", "::1", "--http-address", "::1", .. arguments]);
        _cluster.Silos.Add(silo);
        return silo;
    }

    private async Task AssertSameWeights(ProgramProcess train)
    {
        Assert.Equal(await ClusterWorkspace.Reference, await _cluster.Workspace.Weights(train));
        Assert.Contains("2 workers on 2 silos", train.Said, StringComparison.Ordinal);
        Assert.All(_cluster.Silos.Alive, silo => silo.AssertLog());
    }
}
