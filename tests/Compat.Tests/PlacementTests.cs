using MnistDistributed.Compat.Tests.Cluster;
using MnistDistributed.Compat.Tests.Grains;

namespace MnistDistributed.Compat.Tests;

[Collection(nameof(ClusterCollection))]
public sealed class PlacementTests(TwoSilos cluster)
{
    [Fact]
    public async Task A_grain_that_prefers_it_is_activated_where_it_is_first_called()
    {
        foreach (var silo in new[] { cluster.First, cluster.Second })
        {
            for (var i = 0; i < 5; i++)
            {
                var key = TwoSilos.NewKey();
                Assert.Equal(silo.Name, await silo.Grains.GetGrain<IHomeGrain>(key).SiloAsync());
                Assert.Equal(silo.Name, await cluster.First.Grains.GetGrain<IHomeGrain>(key).SiloAsync());
            }
        }
    }
}
