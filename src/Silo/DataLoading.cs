using System.Net;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo;

/// <summary>The loading of the data set, as soon as the silo is in its cluster; it says how it went.</summary>
/// <param name="data">The data set.</param>
/// <param name="options">How the silo is set up.</param>
/// <param name="end">Why it ends by itself.</param>
/// <param name="lifetime">Of the process.</param>
/// <param name="logger">Where to say it.</param>
public sealed partial class DataLoading(
    SiloData data, SiloOptions options, OwnEnd end, IHostApplicationLifetime lifetime, ILogger<DataLoading> logger) : BackgroundService
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(started.SetResult);
        lifetime.ApplicationStopping.Register(SayStopping);
        await started.Task.WaitAsync(stoppingToken);
        LogStarted(options.Name, options.ClusterId, options.SiloEndpoint, options.GatewayEndpoint, options.Workers);
        while (!await TryLoad(stoppingToken))
            await Task.Delay(RetryDelay, stoppingToken);
    }

    private void SayStopping()
    {
        if (end.Reason is { } reason)
            LogEnding(options.Name, reason);
        else
            LogStopping(options.Name);
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
        Message = "Silo {Silo} is in cluster {Cluster}: silos reach it at {SiloAddress}, clients at "
            + "{GatewayAddress}; {Workers} workers")]
    private partial void LogStarted(string silo, string cluster, IPEndPoint siloAddress, IPEndPoint gatewayAddress, int workers);

    [LoggerMessage(Level = LogLevel.Information, Message = "Data set {Digest}: {Train} training and {Test} test images")]
    private partial void LogLoaded(string digest, int train, int test);

    [LoggerMessage(Level = LogLevel.Error, Message = "The data set cannot be loaded: {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Silo} was told to end: it hands over and goes")]
    private partial void LogStopping(string silo);

    [LoggerMessage(Level = LogLevel.Error, Message = "Silo {Silo} hands over and goes: {Reason}")]
    private partial void LogEnding(string silo, string reason);
}
