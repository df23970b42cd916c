using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model.Engine;
using Orleans.Placement;

namespace MnistDistributed.Grains.Workers;

/// <summary>One worker: starts and ends its loop, and stays while the loop runs.</summary>
[PreferLocalPlacement]
public sealed class WorkerGrain(
    ILocalSiloDetails silo, IDataSetSource data, TimeProvider time, RunMeters meters, SiloRelays relays, ILogger<WorkerLoop> logger)
    : Grain, IWorkerGrain
{
    private static readonly TimeSpan KeepAlivePeriod = TimeSpan.FromSeconds(30);

    private WorkerLoop? _loop;
    private Task _running = Task.CompletedTask;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The loop calls no method of this grain, so without the timer the grain would be collected as idle.
        this.RegisterGrainTimer(
            _ => Task.CompletedTask,
            new GrainTimerCreationOptions { DueTime = KeepAlivePeriod, Period = KeepAlivePeriod, KeepAlive = true });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _loop?.Stop();
        await _running;
    }

    /// <inheritdoc/>
    public Task Start()
    {
        string worker = this.GetPrimaryKeyString();
        if (WorkerName.SiloOf(worker) != silo.Name)
        {
            // Its own silo was taken for dead, goes on, and gets no place for it there any more; here it would be one too many.
            DeactivateOnIdle();
        }
        else if (_running.IsCompleted && _loop is not { WasRefused: true })
        {
            string run = WorkerName.RunOf(worker);
            _loop = new WorkerLoop(
                worker, GrainFactory.GetGrain<IParameterServerGrain>(run), data, GradientEngines.Create, time, meters.Take(run).Of(worker),
                relays.Take(run), logger);
            _running = Work(worker, run, _loop);
        }

        return Task.CompletedTask;
    }

    private async Task Work(string worker, string run, WorkerLoop loop)
    {
        try
        {
            await WorkerThread.Run(worker, loop.Run);
        }
        finally
        {
            meters.Release(run);
            relays.Release(run);
        }
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
