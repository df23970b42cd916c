using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;
using Orleans.Serialization;

namespace MnistDistributed.Compat.Tests.InProcess;

[Collection(nameof(ClusterCollection))]
public sealed class StrictnessTests(TwoSilos cluster)
{
    [Fact]
    public void This_suite_runs_on_the_stand_in() => Assert.True(Cluster.Runtime.IsStandIn);

    [Fact]
    public async Task A_member_that_is_not_marked_is_refused()
    {
        var grain = cluster.First.Grains.GetGrain<ILocalGrain>(TwoSilos.NewKey());
        var exception = await Assert.ThrowsAsync<SerializerException>(() => grain.TakeAsync(new HalfMarked()));
        Assert.Contains("HalfMarked.Forgotten", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_members_of_one_number_are_refused()
    {
        var grain = cluster.First.Grains.GetGrain<ILocalGrain>(TwoSilos.NewKey());
        await Assert.ThrowsAsync<SerializerException>(() => grain.TakeAsync(new MarkedTwice()));
    }

    [Fact]
    public async Task A_base_class_that_is_not_marked_is_refused()
    {
        var grain = cluster.First.Grains.GetGrain<ILocalGrain>(TwoSilos.NewKey());
        await Assert.ThrowsAsync<CodecNotFoundException>(() => grain.TakeAsync(new OrphanMarked()));
    }

    [Fact]
    public async Task Grains_are_placed_on_every_silo()
    {
        var places = new HashSet<string>();
        for (var i = 0; i < 64; i++)
            places.Add(await cluster.First.Grains.GetGrain<IRoamingGrain>(TwoSilos.NewKey()).SiloAsync());
        Assert.Contains("second", places);
        Assert.Contains("first", places);
    }

    [Fact]
    public async Task An_address_in_use_is_refused()
    {
        await using var silo = await TestSilo.StartAsync("one");
        await Assert.ThrowsAsync<OrleansException>(() => TestSilo.StartAsync("two", silo, builder =>
            Orleans.Hosting.CoreHostingExtensions.UseLocalhostClustering(builder, silo.Endpoint.Port, 1, silo.Endpoint, "compat-tests", "compat-tests")));
    }

    [GenerateSerializer]
    private sealed class HalfMarked
    {
        [Id(0)]
        public int Marked { get; set; } = 1;

        public int Forgotten { get; set; } = 2;
    }

    [GenerateSerializer]
    private sealed class MarkedTwice
    {
        [Id(0)]
        public int One { get; set; } = 1;

        [Id(0)]
        public int Two { get; set; } = 2;
    }

    private class Orphanage
    {
        public int Number { get; set; } = 1;
    }

    [GenerateSerializer]
    private sealed class OrphanMarked : Orphanage
    {
        [Id(0)]
        public int Other { get; set; } = 2;
    }
}
