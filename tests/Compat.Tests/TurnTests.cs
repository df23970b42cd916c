using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class TurnTests(TwoSilos cluster)
{
    private readonly string key = TwoSilos.NewKey();

    private IPlainGrain Plain => cluster.First.Grains.GetGrain<IPlainGrain>(key);

    private IReentrantGrain Reentrant => cluster.First.Grains.GetGrain<IReentrantGrain>(key);

    [Fact]
    public async Task Calls_of_a_plain_grain_follow_each_other()
    {
        var overlaps = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Plain.OverlapAsync()));
        Assert.All(overlaps, most => Assert.Equal(1, most));
    }

    [Fact]
    public async Task Turns_never_overlap_even_in_a_reentrant_grain()
    {
        var turns = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Reentrant.TurnsAsync()));
        Assert.All(turns, most => Assert.Equal(1, most));
    }

    [Fact]
    public async Task A_plain_grain_lets_a_call_wait_until_the_one_before_it_is_done()
    {
        var held = Plain.HoldAsync();
        await Trace.Of(key).Seen("held");
        var waiting = Plain.OpenAsync();
        Trace.Of(key).Open();
        await Task.WhenAll(held, waiting);
        Assert.Equal(["activated", "held", "let go", "open"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task A_reentrant_grain_takes_a_call_while_another_waits()
    {
        var held = Reentrant.HoldAsync();
        await Trace.Of(key).Seen("held");
        await Reentrant.OpenAsync();
        await held;
        Assert.Equal(["activated", "held", "open", "let go"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task A_method_that_always_interleaves_does_so_in_a_plain_grain()
    {
        var held = Plain.HoldAsync();
        await Trace.Of(key).Seen("held");
        await Plain.OpenInBetweenAsync();
        await held;
        Assert.Equal(["activated", "held", "open", "let go"], Trace.Of(key).Log);
    }

    [Fact]
    public async Task What_awaits_in_a_grain_comes_back_to_its_scheduler() => Assert.True(await Plain.ComesBackAsync());

    [Fact]
    public async Task Ambient_values_of_the_caller_do_not_reach_the_grain()
    {
        AmbientGrain.Ambient.Value = "caller";
        Assert.Equal("none", await cluster.First.Grains.GetGrain<IAmbientGrain>(key).AmbientAsync());
    }
}
