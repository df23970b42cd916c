using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class LifecycleTests(TwoSilos cluster)
{
    private readonly string key = TwoSilos.NewKey();

    [Fact]
    public async Task A_grain_that_leaves_is_deactivated_and_comes_back_as_another_activation()
    {
        var grain = cluster.First.Grains.GetGrain<IPlainGrain>(key);
        var before = await grain.ActivationAsync();
        await grain.LeaveAsync();
        await Trace.Of(key).Seen("deactivated: ApplicationRequested");
        Assert.NotEqual(before, await grain.ActivationAsync());
        Assert.Equal(["activated", "deactivated: ApplicationRequested", "activated"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task Calls_that_come_while_a_grain_leaves_reach_its_next_activation()
    {
        var grain = cluster.First.Grains.GetGrain<IReentrantGrain>(key);
        var before = await grain.ActivationAsync();
        var held = grain.HoldAsync();
        await Trace.Of(key).Seen("held");
        await grain.LeaveAsync();
        var late = grain.ActivationAsync();
        Trace.Of(key).Open();
        await held;
        Assert.NotEqual(before, await late);
    }

    [Fact]
    public async Task A_failed_activation_fails_the_call_and_the_next_call_tries_again()
    {
        var grain = cluster.First.Grains.GetGrain<IFailingGrain>(key);
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => grain.EchoAsync(""));
        Assert.Equal("Not yet.", exception.Message);
        Assert.Equal("hello", await grain.EchoAsync("hello"));
    }

    [Fact]
    public async Task A_silo_that_stops_deactivates_its_grains_and_others_take_them_over()
    {
        await using var third = await TestSilo.StartAsync("third", cluster.First);
        var keys = Enumerable.Range(0, 4).Select(_ => TwoSilos.NewKey()).ToArray();
        foreach (var local in keys)
            Assert.Equal("third", await third.Grains.GetGrain<IHomeGrain>(local).SiloAsync());
        await third.Host.StopAsync();
        foreach (var local in keys)
        {
            Assert.Equal(["third: ShuttingDown"], Trace.Of(local).Log);
            Assert.Equal("second", await cluster.Second.Grains.GetGrain<IHomeGrain>(local).SiloAsync());
        }
    }
}
