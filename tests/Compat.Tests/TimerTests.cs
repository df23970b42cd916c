using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class TimerTests(TwoSilos cluster)
{
    private readonly string key = TwoSilos.NewKey();

    [Fact]
    public async Task A_timer_ticks_on_after_a_failed_tick_until_it_is_disposed()
    {
        await cluster.First.Grains.GetGrain<IPlainGrain>(key).TickAsync(5);
        await Trace.Of(key).Seen("disposed");
        await cluster.First.Grains.GetGrain<IPlainGrain>(key).EchoAsync("");
        Assert.Equal(["activated", "tick 1", "tick 2", "tick 3", "tick 4", "tick 5", "disposed"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task An_interleaving_tick_comes_while_a_call_waits()
    {
        await cluster.First.Grains.GetGrain<IPlainGrain>(key).TickInsideAsync(interleave: true);
        Assert.Equal(["activated", "inside", "tick", "outside"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task A_tick_comes_while_a_call_to_a_reentrant_grain_waits()
    {
        await cluster.First.Grains.GetGrain<IReentrantGrain>(key).TickInsideAsync(interleave: false);
        Assert.Equal(["activated", "inside", "tick", "outside"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task A_tick_waits_for_the_end_of_a_call_to_a_plain_grain()
    {
        var call = cluster.First.Grains.GetGrain<IPlainGrain>(key).TickInsideAsync(interleave: false);
        await Trace.Of(key).Seen("inside");
        Trace.Of(key).Open();
        await call;
        await Trace.Of(key).Seen("tick");
        Assert.Equal(["activated", "inside", "outside", "tick"], Trace.Of(key).Log);
    }
}
