using Microsoft.Extensions.DependencyInjection;
using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class CallTests(TwoSilos cluster)
{
    [Fact]
    public async Task A_grain_answers_with_each_of_the_four_return_types()
    {
        var grain = cluster.First.Grains.GetGrain<IPlainGrain>(TwoSilos.NewKey());
        await grain.NothingAsync();
        await grain.OpenAsync();
        Assert.Equal("hello", await grain.EchoAsync("hello"));
        Assert.Equal(42, await grain.DoubleAsync(21));
    }

    [Fact]
    public async Task A_grain_knows_its_name_and_so_does_a_reference_to_it()
    {
        var key = TwoSilos.NewKey();
        var grain = cluster.First.Grains.GetGrain<IPlainGrain>(key);
        Assert.Equal(key, await grain.KeyAsync());
        Assert.Equal(key, grain.GetPrimaryKeyString());
        Assert.Equal(grain, cluster.First.Grains.GetGrain<IPlainGrain>(key));
        Assert.NotEqual(grain, cluster.First.Grains.GetGrain<IPlainGrain>(TwoSilos.NewKey()));
    }

    [Fact]
    public async Task Both_silos_call_the_same_activation()
    {
        var key = TwoSilos.NewKey();
        var activation = await cluster.First.Grains.GetGrain<IPlainGrain>(key).ActivationAsync();
        Assert.Equal(activation, await cluster.Second.Grains.GetGrain<IPlainGrain>(key).ActivationAsync());
    }

    [Fact]
    public async Task An_exception_surfaces_at_the_caller_with_its_type_and_message()
    {
        var key = TwoSilos.NewKey();
        foreach (var silo in new[] { cluster.First, cluster.Second })
        {
            var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => silo.Grains.GetGrain<IPlainGrain>(key).FailAsync("broken"));
            Assert.Equal("broken", exception.Message);
        }
    }

    [Fact]
    public void A_thread_of_its_own_can_call_and_wait()
    {
        var answer = "";
        var thread = new Thread(() => answer = cluster.First.Grains.GetGrain<IPlainGrain>(TwoSilos.NewKey()).EchoAsync("hello").GetAwaiter().GetResult());
        thread.Start();
        thread.Join();
        Assert.Equal("hello", answer);
    }

    [Fact]
    public async Task The_cluster_client_calls_too()
    {
        var client = cluster.First.Host.Services.GetRequiredService<IClusterClient>();
        Assert.Equal("hello", await client.GetGrain<IPlainGrain>(TwoSilos.NewKey()).EchoAsync("hello"));
    }

    [Fact]
    public async Task A_grain_calls_another()
    {
        var grain = cluster.Second.Grains.GetGrain<ILocalGrain>(TwoSilos.NewKey());
        Assert.Equal("from second", await grain.CallBackAsync(TwoSilos.NewKey()));
    }

    [Fact]
    public async Task A_cancelled_call_cancels_the_grain()
    {
        var key = TwoSilos.NewKey();
        using var cancellation = new CancellationTokenSource();
        var call = cluster.First.Grains.GetGrain<IReentrantGrain>(key).HoldUntilAsync(cancellation.Token);
        await Trace.Of(key).Seen("held");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Trace.Of(key).Seen("cancelled");
    }
}
