using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;

namespace MnistDistributed.Grains.Tests.Hosting;

public sealed class LocalClusterTests
{
    [Fact]
    public async Task The_silos_that_the_coordinator_embeds_train_to_the_same_weights_whatever_their_number()
    {
        await using var cluster = await LocalCluster.Start(3, new LoadedDataSet(ClusterFixture.Data), CancellationToken.None);
        Assert.Equal(3, cluster.Silos.Count);
        var coordinator = new TestCoordinator(cluster.Grains, "run", UndisturbedRun.Spec, workers: 5);
        await coordinator.Open();
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
    }
}
