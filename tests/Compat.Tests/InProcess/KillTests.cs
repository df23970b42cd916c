using MnistDistributed.Compat.Tests.Cluster;
using Orleans.InProcess;

namespace MnistDistributed.Compat.Tests.InProcess;

public sealed class KillTests : IAsyncLifetime
{
    private readonly string key = TwoSilos.NewKey();
    private readonly TwoSilos cluster = new();

    public Task InitializeAsync() => cluster.InitializeAsync();

    public Task DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task A_killed_silo_loses_the_replies_in_flight_and_its_activation_goes_on()
    {
        var call = await HeldInSecondAsync();
        SiloKill.Kill(cluster.Second.Host);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => call);
        Trace.Of(key).Open();
        await Trace.Of(key).Seen("let go");
    }

    [Fact]
    public async Task The_grains_of_a_killed_silo_are_activated_elsewhere_beside_the_zombies()
    {
        var zombie = await cluster.Second.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        SiloKill.Kill(cluster.Second.Host);
        var successor = await cluster.First.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        Assert.NotEqual(zombie, successor);
        Assert.Equal(zombie, await cluster.Second.Grains.GetGrain<IZombieGrain>(key).ActivationAsync());
        Assert.Equal(successor, await cluster.First.Grains.GetGrain<IZombieGrain>(key).ActivationAsync());
    }

    [Fact]
    public async Task What_a_zombie_sends_arrives_but_no_reply_reaches_it()
    {
        var target = TwoSilos.NewKey();
        await cluster.First.Grains.GetGrain<IZombieGrain>(target).ActivationAsync();
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        SiloKill.Kill(cluster.Second.Host);
        await Assert.ThrowsAsync<SiloUnavailableException>(
            () => cluster.Second.Grains.GetGrain<IZombieGrain>(key).CallAsync(target));
        await Trace.Of(target).Seen("open");
    }

    [Fact]
    public async Task What_a_silenced_zombie_sends_reaches_only_other_zombies()
    {
        var (target, neighbour) = (TwoSilos.NewKey(), TwoSilos.NewKey());
        await cluster.First.Grains.GetGrain<IZombieGrain>(target).ActivationAsync();
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        await cluster.Second.Grains.GetGrain<IZombieGrain>(neighbour).ActivationAsync();
        SiloKill.Kill(cluster.Second.Host);
        SiloKill.Silence(cluster.Second.Host);
        await Assert.ThrowsAsync<SiloUnavailableException>(() => cluster.Second.Grains.GetGrain<IZombieGrain>(key).CallAsync(target));
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).CallAsync(neighbour);
        Assert.Equal(["open"], Trace.Of(neighbour).Log);
        Assert.Empty(Trace.Of(target).Log);
    }

    [Fact]
    public async Task Only_a_killed_silo_is_silenced() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Run(() => SiloKill.Silence(cluster.Second.Host)));

    [Fact]
    public async Task A_reply_that_was_on_its_way_to_a_killed_silo_is_lost()
    {
        await cluster.First.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        var call = cluster.Second.Grains.GetGrain<IZombieGrain>(key).HoldAsync();
        await Trace.Of(key).Seen("held");
        SiloKill.Kill(cluster.Second.Host);
        Trace.Of(key).Open();
        await Assert.ThrowsAsync<SiloUnavailableException>(() => call);
        await Trace.Of(key).Seen("let go");
    }

    [Fact]
    public async Task Stopping_the_host_of_a_killed_silo_ends_its_zombies_timers()
    {
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).TickAsync();
        SiloKill.Kill(cluster.Second.Host);
        var before = Trace.Of(key).Log.Count;
        await Trace.Of(key).Seen($"tick {before + 5}");
        await cluster.Second.Host.StopAsync();
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).DrainAsync();
        var after = Trace.Of(key).Log.Count;
        var clock = TwoSilos.NewKey();
        await cluster.First.Grains.GetGrain<IZombieGrain>(clock).TickAsync();
        await Trace.Of(clock).Seen("tick 20");
        Assert.Equal(after, Trace.Of(key).Log.Count);
    }

    private async Task<Task> HeldInSecondAsync()
    {
        await cluster.Second.Grains.GetGrain<IZombieGrain>(key).ActivationAsync();
        var call = cluster.First.Grains.GetGrain<IZombieGrain>(key).HoldAsync();
        await Trace.Of(key).Seen("held");
        return call;
    }
}
