using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.Tests.Workers;

public sealed class WorkerPoolTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Workers_are_divided_evenly_over_the_silos_and_follow_the_number_that_is_wanted()
    {
        var (run, server) = fixture.NewRun();
        await fixture.Directory.Register(run, workers: 5, silos: 2);
        Assert.Equal([2, 3], (await Demand(run)).Order());
        await fixture.Directory.Register(run, workers: 1, silos: 2);
        Assert.Equal([1], await Demand(run));
        await fixture.Directory.Remove(run);
        Assert.Empty(await Demand(run));
    }

    [Fact]
    public async Task The_pools_train_a_run_to_its_end()
    {
        var (run, server) = fixture.NewRun();
        Assert.Null((await server.Open(ClusterFixture.Open())).Problem);
        await fixture.Directory.Register(run, workers: 3, silos: 2);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            var status = await ClusterFixture.Until(server, status => status.Phase == RunPhase.EpochDone);
            Assert.Equal(epoch * 4, status.Step);
            Assert.Equal(100, status.Samples);
            await server.Continue(1, status.Step);
        }

        await ClusterFixture.Until(server, status => status.Phase == RunPhase.Done);
        Assert.Equal(20 * 10 * 4, (await server.Logits(1, 8))!.Length);
        await fixture.Directory.Remove(run);
    }

    [Fact]
    public async Task A_worker_that_was_stopped_behind_the_pools_back_is_started_again()
    {
        var (run, server) = fixture.NewRun();
        await fixture.Directory.Register(run, workers: 2, silos: 2);
        await Task.WhenAll(from silo in fixture.Host.Silos select fixture.Host.Grains.GetGrain<IWorkerGrain>($"{run}/{silo}/0").Stop());
        Assert.Null((await server.Open(ClusterFixture.Open())).Problem);
        await ClusterFixture.Until(server, status => status.Phase == RunPhase.EpochDone);
        await fixture.Directory.Remove(run);
    }

    [Fact]
    public async Task A_worker_does_not_run_on_another_silo_than_its_own()
    {
        var (run, server) = fixture.NewRun();
        var strangers = Enumerable.Range(0, 8).Select(i => fixture.Host.Grains.GetGrain<IWorkerGrain>($"{run}/elsewhere/{i}"));
        await Task.WhenAll(strangers.Select(stranger => stranger.Start()));
        Assert.Null((await server.Open(ClusterFixture.Open())).Problem);
        await fixture.Directory.Register(run, workers: 1, silos: 2);
        var status = await ClusterFixture.Until(server, status => status.Phase == RunPhase.EpochDone);
        Assert.Equal(1, status.Workers);
        await fixture.Directory.Remove(run);
    }

    [Fact]
    public async Task Why_workers_are_refused_reaches_the_coordinator()
    {
        var (run, server) = fixture.NewRun();
        Assert.Null((await server.Open(ClusterFixture.Open(fingerprint: "other"))).Problem);
        await fixture.Directory.Register(run, workers: 1, silos: 2);
        var status = await ClusterFixture.Until(server, status => status.Trouble is not null);
        Assert.Contains("the run has other", status.Trouble, StringComparison.Ordinal);
        Assert.Equal(0, status.Workers);
        await fixture.Directory.Remove(run);
    }

    /// <summary>The workers of a run that each silo should have, as the directory tells the silos themselves.</summary>
    private async Task<List<int>> Demand(string run)
    {
        // The first round makes both silos known.
        await Task.WhenAll(from silo in fixture.Host.Silos select fixture.Directory.Report(silo, capacity: 1024, seenVersion: 0));
        var demands =
            await Task.WhenAll(from silo in fixture.Host.Silos select fixture.Directory.Report(silo, capacity: 1024, seenVersion: 0));
        return demands.SelectMany(demand => demand.Runs).Where(demand => demand.Run == run).Select(demand => demand.Workers).ToList();
    }
}
