using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Workers;

/// <summary>
/// A silo's workers, kept at as many as the directory asks for: the pool starts them, restarts lost ones, stops those that are too
/// many. When the silo is told to end, it first gives its workers' slots to the others and lets its parameter servers hand over.
/// </summary>
public sealed partial class WorkerPool(
    TrainingSiloOptions options, LocalServers servers, IGrainFactory grains, ILocalSiloDetails silo, TimeProvider time,
    ILogger<WorkerPool> logger)
    : BackgroundService, IHostedLifecycleService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _leaving = new();
    private volatile HashSet<string> _workers = new(StringComparer.Ordinal);

    /// <summary>The workers that this silo should have now, each <c>run/silo/index</c>.</summary>
    public IReadOnlyCollection<string> Workers => _workers;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Drains the silo while everything in it still runs.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _leaving.Cancel();
        using var enough = new CancellationTokenSource(options.DrainTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enough.Token);
        try
        {
            // All at once: a directory that is lost at the same moment keeps no worker and no parameter server from leaving.
            List<Task> leaving =
            [
                .. servers.BeginLeaving().Select(run => grains.GetGrain<IParameterServerGrain>(run).Leaving()),
                .. _workers.Select(worker => grains.GetGrain<IWorkerGrain>(worker).Stop()),
                Directory.Leave(silo.Name),
                servers.WaitUntilEmpty(),
            ];
            await Task.WhenAll(leaving).WaitAsync(limit.Token);
        }
        catch (Exception e)
        {
            // The silo goes either way; the others notice by its silence.
            LogDrainFailed(silo.Name, e is OperationCanceledException ? "it took too long" : OneLine.Brief(e.Message));
        }
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _leaving.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Run(stoppingToken);

    /// <summary>Keeps workers as the directory asks for, until stopped or drained.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, _leaving.Token);
        long version = 0;
        while (!end.IsCancellationRequested)
        {
            try
            {
                var demand = await Directory.Report(silo.Name, options.Capacity, version).WaitAsync(end.Token);
                version = demand.Version;
                await Reconcile(demand).WaitAsync(end.Token);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The directory may be moving to another silo.
                LogUnreachable(silo.Name, e);
                await Task.Delay(Pause, time, end.Token).ConfigureAwait(
                    ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }
    }

    private IDirectoryGrain Directory => grains.GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);

    private async Task Reconcile(SiloDemand demand)
    {
        var wanted = (
            from run in demand.Runs
            from index in Enumerable.Range(0, run.Workers)
            select WorkerName.Of(run.Run, silo.Name, index)).ToHashSet(StringComparer.Ordinal);
        var extra = demand.IsPartial ? [] : _workers.Except(wanted).ToList();
        _workers = _workers.Union(wanted).ToHashSet(StringComparer.Ordinal);
        await Task.WhenAll([
            .. _workers.Except(extra).Select(worker => grains.GetGrain<IWorkerGrain>(worker).Start()),
            .. extra.Select(worker => grains.GetGrain<IWorkerGrain>(worker).Stop())]);
        _workers = _workers.Except(extra).ToHashSet(StringComparer.Ordinal);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Silo {Silo} could not reach the directory")]
    private partial void LogUnreachable(string silo, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} could not hand over in order: {Problem}")]
    private partial void LogDrainFailed(string silo, string problem);
}
