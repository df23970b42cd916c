using MnistDistributed.Grains.Tests.Hosts;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.Tests.Hosting;

/// <summary>
/// Silos that go and come in the middle of a run. The cluster is not part of the result. What is not promised is that a silo without the
/// parameter server goes without costing a term: Orleans' default grain directory is spread over the silos, and when one goes, in order
/// or not, the activations on other silos that were registered there are ended.
/// </summary>
public sealed class SiloLossTests : IAsyncLifetime
{
    private const int Workers = 3;

    private TestHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await TestHost.Start(3, ClusterFixture.Data);

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_killed_silo_that_held_only_workers_does_not_show_in_the_weights()
    {
        var coordinator = await Begin(serverOn: _host.Silos[0]);
        await _host.Kill(_host.Silos[2]);
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
    }

    [Fact]
    public async Task A_killed_silo_that_held_the_parameter_server_costs_a_term_and_does_not_show_in_the_weights()
    {
        var coordinator = await Begin(serverOn: _host.Silos[2]);
        int step = coordinator.LastStep;
        await _host.Kill(_host.Silos[2]);
        Assert.Equal(0, (await coordinator.Ask()).Term);
        Assert.Equal(step, coordinator.LastStep);
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
        Assert.True(coordinator.Term > 1);
    }

    [Fact]
    public async Task A_silo_stopped_in_order_takes_its_workers_out_and_the_others_finish_with_the_same_weights()
    {
        var coordinator = await Begin(serverOn: _host.Silos[0]);
        await _host.Stop(_host.Silos[2]);
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
    }

    [Fact]
    public async Task A_silo_stopped_in_order_hands_its_parameter_server_over()
    {
        string silo = _host.Silos[2];
        var coordinator = await Begin(serverOn: silo);
        var stopping = _host.Stop(silo);
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
        await stopping;
        Assert.True(_host.HandedOver(silo, coordinator.Run));
        Assert.NotEqual(silo, _host.HomeOf(coordinator.Run));
    }

    [Fact]
    public async Task A_silo_that_joins_in_mid_run_gets_workers_and_does_not_show_in_the_weights()
    {
        var coordinator = await Begin(serverOn: _host.Silos[1], workers: 4);
        await coordinator.Until(status => status.Phase == RunPhase.EpochDone);
        string silo = await _host.StartSilo();
        var tookPart = _host.TookPart(silo);
        await coordinator.Until(_ => tookPart.IsCompleted, letGoOn: false);
        await tookPart;
        Assert.Equal(await UndisturbedRun.Weights, await coordinator.Finish());
    }

    /// <summary>A run that is in the middle of its second epoch, and in which every silo takes part.</summary>
    private async Task<TestCoordinator> Begin(string serverOn, int workers = Workers)
    {
        var coordinator = await TestCoordinator.On(_host, serverOn, UndisturbedRun.Spec, workers);
        await coordinator.Until(status => status.Workers == workers, letGoOn: false);
        var status = await coordinator.Until(status => status.Step > UndisturbedRun.EpochSteps + 2);
        Assert.True(status.Step <= 2 * UndisturbedRun.EpochSteps);
        return coordinator;
    }
}
