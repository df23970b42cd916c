using System.Net;

namespace MnistDistributed.Silo;

/// <summary>The loading of the data set, as soon as the silo is in its cluster; it says how it went.</summary>
/// <param name="data">The data set.</param>
/// <param name="options">How the silo is set up.</param>
/// <param name="lifetime">Of the process.</param>
/// <param name="logger">Where to say it.</param>
public sealed partial class DataLoading(SiloData data, SiloOptions options, IHostApplicationLifetime lifetime, ILogger<DataLoading> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(started.SetResult);
        lifetime.ApplicationStopping.Register(() => LogStopping(options.Name));
        await started.Task.WaitAsync(stoppingToken);
        LogStarted(
            options.Name, options.ClusterId, options.Address, options.SiloPort, options.Address, options.GatewayPort, options.Workers);
        while (!await TryLoad(stoppingToken))
            await Task.Delay(RetryDelay, stoppingToken);
    }

    private async Task<bool> TryLoad(CancellationToken stoppingToken)
    {
        try
        {
            var set = await data.Get(stoppingToken);
            LogLoaded(set.Digest, set.Train.Count, set.Test.Count);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogProblem(e.Message);
            return false;
        }
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Silo {Silo} is in cluster {Cluster}: silos reach it at {SiloAddress}:{SiloPort}, clients at "
            + "{GatewayAddress}:{GatewayPort}; {Workers} workers")]
    private partial void LogStarted(
        string silo, string cluster, IPAddress siloAddress, int siloPort, IPAddress gatewayAddress, int gatewayPort, int workers);

    [LoggerMessage(Level = LogLevel.Information, Message = "Data set {Digest}: {Train} training and {Test} test images")]
    private partial void LogLoaded(string digest, int train, int test);

    [LoggerMessage(Level = LogLevel.Error, Message = "The data set cannot be loaded: {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} was told to end: it hands over and goes")]
    private partial void LogStopping(string silo);
}
