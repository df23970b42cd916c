using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Interfaces;
using Orleans.Placement;

namespace MnistDistributed.Grains;

/// <summary>One worker: starts and ends its loop, and stays while the loop runs.</summary>
[PreferLocalPlacement]
public sealed class WorkerGrain(IDataSetSource data, ILogger<WorkerLoop> logger) : Grain, IWorkerGrain
{
    private static readonly TimeSpan KeepAlivePeriod = TimeSpan.FromSeconds(30);

    private WorkerLoop? _loop;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The loop calls no method of this grain, so without the timer the grain would be collected as idle.
        this.RegisterGrainTimer(
            _ => Task.CompletedTask, new GrainTimerCreationOptions { DueTime = KeepAlivePeriod, Period = KeepAlivePeriod, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_loop is not null)
            await _loop.Stop();
    }

    /// <inheritdoc/>
    public Task Start()
    {
        if (_loop is null or { IsOver: true, WasRefused: false })
        {
            string worker = this.GetPrimaryKeyString();
            _loop = new WorkerLoop(worker, GrainFactory.GetGrain<IParameterServerGrain>(worker.Split('/')[0]), data, logger);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Stop()
    {
        // The loop ends after what it computes now, and the deactivation waits for it.
        _loop?.Stop();
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
