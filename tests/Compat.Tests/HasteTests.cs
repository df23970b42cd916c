using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

public sealed class HasteTests(HastySilo hasty) : IClassFixture<HastySilo>
{
    private readonly string key = TwoSilos.NewKey();

    [Fact]
    public async Task A_call_without_a_reply_times_out_and_the_grain_goes_on()
    {
        var grain = hasty.Silo.Grains.GetGrain<IReentrantGrain>(key);
        await Assert.ThrowsAsync<TimeoutException>(grain.HoldAsync);
        await grain.OpenAsync();
        await Trace.Of(key).Seen("let go");
    }

    [Fact]
    public async Task An_idle_grain_is_collected_even_if_a_timer_ticks()
    {
        await hasty.Silo.Grains.GetGrain<IAgingGrain>(key).StartAsync(keepAlive: false);
        await Trace.Of(key).Seen("deactivated: ActivationIdle");
    }

    [Fact]
    public async Task A_timer_that_keeps_a_grain_alive_guards_it_from_collection()
    {
        var aging = TwoSilos.NewKey();
        await hasty.Silo.Grains.GetGrain<IAgingGrain>(key).StartAsync(keepAlive: true);
        await hasty.Silo.Grains.GetGrain<IAgingGrain>(aging).StartAsync(keepAlive: false);
        await Trace.Of(aging).Seen("deactivated: ActivationIdle");
        await Trace.Of(key).Seen("tick 80");
        Assert.DoesNotContain("deactivated: ActivationIdle", Trace.Of(key).Log);
    }
}
