using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Coordinator.Telemetry;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model;

namespace MnistDistributed.Coordinator.Http;

/// <summary>
/// What a coordinator answers over HTTP while its run goes on: <c>/health/live</c>, <c>/health/ready</c> while somebody works at the run,
/// and <c>/metrics</c> for Prometheus. Where a collector is named, it is pushed to as well. The run never waits for whoever asks, and
/// nothing that goes wrong here reaches it.
/// </summary>
/// <param name="options">Where it answers, and how long.</param>
public sealed class RunServer(HttpOptions options) : IAsyncDisposable
{
    private static readonly TimeSpan LongerThanAnyLinger = TimeSpan.FromDays(7);

    // For whoever scrapes every second or two.
    private static readonly TimeSpan LastScrape = TimeSpan.FromSeconds(3);

    private readonly RunHealth _health = new();
    private readonly Scrapes _scrapes = new(TimeProvider.System);
    private string? _url;
    private Task<IHost?> _starting = Task.FromResult<IHost?>(null);
    private CoordinatorMeter? _meter;
    private bool _isAnnounced;

    /// <summary>What silos in this process measure of the run. It stays as long as the server, also when they are gone.</summary>
    public RunMeters Meters { get; } = new(TimeProvider.System, LongerThanAnyLinger);

    /// <summary>Listens from now on; the server itself starts beside what the caller does next.</summary>
    /// <exception cref="IOException">The address that was asked for cannot be listened on.</exception>
    public void Listen()
    {
        var socket = options.IsServed ? ListenSocket.Open(options) : null;
        _url = socket is null ? null : $"http://{socket.LocalEndPoint}";
        if (socket is not null || TelemetryExtensions.IsPushed)
            _starting = Task.Run(() => Start(socket));
    }

    /// <summary>The run has to wait before it can begin.</summary>
    /// <param name="why">For what, as one line.</param>
    /// <param name="output">Where to say it, and first where to ask whether it still waits.</param>
    public void Wait(string why, TextWriter output)
    {
        Announce(output);
        output.WriteLine(why);
        _health.Wait(why);
    }

    /// <summary>The run begins.</summary>
    /// <param name="run">Its name.</param>
    /// <param name="meter">What is measured of it; it is disposed of with the server.</param>
    /// <param name="output">Where to say what is served.</param>
    /// <returns>Who has to be told how the run goes.</returns>
    public async Task<IRunObserver> Begin(string run, CoordinatorMeter meter, TextWriter output)
    {
        _meter = meter;
        try
        {
            var host = await _starting;
            Announce(output);
            if (host is not null)
                return new RunObservers(meter, _health, new RunLog(run, host.Services.GetRequiredService<ILogger<RunLog>>()));
        }
        catch (Exception e)
        {
            output.WriteLine($"The run goes on without metrics: {OneLine.Brief(e.Message)}");
        }

        return meter;
    }

    /// <summary>Nobody works at the run any more. Where it has told how it ended, that holds.</summary>
    /// <param name="why">Why, as one line.</param>
    public void Fail(string why)
    {
        _health.Fail(why);
        _meter?.Fail();
    }

    /// <summary>
    /// Goes on for a while when a run is over, so that its last values are scraped: as long as was asked for, or, where somebody scrapes,
    /// until the next scrape, if that comes soon.
    /// </summary>
    /// <param name="output">Where to say so.</param>
    /// <param name="stop">Ends it.</param>
    public async Task Linger(TextWriter output, CancellationToken stop)
    {
        if (_url is null || _meter is null || !_starting.IsCompletedSuccessfully)
            return;
        if (options.Linger == TimeSpan.Zero || stop.IsCancellationRequested)
        {
            await Task.WhenAny(_scrapes.Next(), Task.Delay(LastScrape, CancellationToken.None));
            return;
        }

        output.WriteLine($"The last metrics stay at {_url}/metrics for {options.Linger.TotalSeconds:0} s; Ctrl-C ends that.");
        await Task.Delay(options.Linger, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (await _starting is { } host)
            {
                await host.StopAsync();
                await host.DisposeSoon();
            }
        }
        catch (Exception)
        {
            // The run is over, and who asks for its metrics is no reason for it to end otherwise.
        }

        _meter?.Dispose();
        Meters.Dispose();
    }

    private void Announce(TextWriter output)
    {
        if (_isAnnounced || !options.IsServed)
            return;
        _isAnnounced = true;
        output.WriteLine(_url is not null ? $"Metrics {_url}/metrics"
            : $"No port from {options.FirstPort} to {options.FirstPort + HttpOptions.Ports - 1} is free: the run goes on without metrics.");
    }

    private async Task<IHost?> Start(Socket? socket)
    {
        IHost? host = null;
        try
        {
            host = socket is null ? HttpHost.BuildPushing() : Build(socket);
            await host.StartAsync();
            return host;
        }
        catch
        {
            // Who connects should be refused, and not wait for an answer.
            socket?.Dispose();
            host?.Dispose();
            throw;
        }
    }

    private WebApplication Build(Socket socket)
    {
        var app = HttpHost.Build(socket);
        app.Use(async (context, next) =>
        {
            var scraped = context.Request.Path == "/metrics" ? _scrapes.Begin() : null;
            await next(context);
            scraped?.Invoke();
        });
        app.MapHealth(() => _health.Problem);
        return app;
    }
}
