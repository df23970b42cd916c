using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;

namespace MnistDistributed.Grains.Hosting;

/// <summary>Keeps as many workers alive in this silo as the directory asks for: starts them, restarts lost ones, stops those that are too many.</summary>
public sealed partial class WorkerPool(IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time, ILogger<WorkerPool> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<string> _workers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await Directory.Leave(silo.Name).WaitAsync(cancellationToken);
            await Task.WhenAll(_workers.Select(worker => grains.GetGrain<IWorkerGrain>(worker).Stop())).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The silo goes either way; the others notice by its silence.
            LogUnreachable(silo.Name, e);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        long version = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var demand = await Directory.Report(silo.Name, version).WaitAsync(stoppingToken);
                version = demand.Version;
                await Meet(demand).WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The directory may be moving to another silo.
                LogUnreachable(silo.Name, e);
                await Task.Delay(Pause, time, stoppingToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private IDirectoryGrain Directory => grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);

    private async Task Meet(SiloDemand demand)
    {
        var wanted = demand.Runs.SelectMany(run => Enumerable.Range(0, run.Workers).Select(index => $"{run.Run}/{silo.Name}/{index}")).ToHashSet(StringComparer.Ordinal);
        var extra = _workers.Except(wanted).ToList();
        _workers.UnionWith(wanted);
        await Task.WhenAll([
            .. wanted.Select(worker => grains.GetGrain<IWorkerGrain>(worker).Start()),
            .. extra.Select(worker => grains.GetGrain<IWorkerGrain>(worker).Stop())]);
        _workers.ExceptWith(extra);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Silo {Silo} could not reach the directory")]
    private partial void LogUnreachable(string silo, Exception exception);
}
