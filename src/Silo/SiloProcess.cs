using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model;
using MnistDistributed.Silo.Membership;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace MnistDistributed.Silo;

/// <summary>
/// A process that hosts one silo: its grains take part in training. HTTP answers from its beginning to its end, also while the silo waits
/// for its cluster or hands over: <c>/health/live</c> while the process runs,
/// <c>/health/ready</c> while the silo takes part, <c>/status</c> says how it is, <c>/metrics</c> is for Prometheus.
/// </summary>
public static partial class SiloProcess
{
    /// <summary>
    /// How long the process may take to end when it is told to. The silo hands over first, and then leaves the cluster.
    /// </summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(14);

    // What is over the time for the host to stop is over the time for the process to end.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>Runs the process until it is told to end, or ends by itself.</summary>
    /// <param name="options">The silo.</param>
    /// <param name="stop">Tells it to end, as a signal does.</param>
    /// <returns>Why it ended by itself, as one line; null if it was told to.</returns>
    /// <exception cref="IOException">A port is taken, or whoever keeps the membership does not answer.</exception>
    public static async Task<string?> Run(SiloOptions options, CancellationToken stop)
    {
        var process = Build(options);
        var own = process.Services.GetRequiredService<OwnEnd>();
        string? failure = null;
        using var told = stop.Register(process.Lifetime.StopApplication);
        bool isLate = false;
        try
        {
            await process.StartAsync(CancellationToken.None);
            await Task.Delay(Timeout.Infinite, process.Lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            failure = Failure(process);
            // Orleans goes on trying to leave a table that cannot be written, for minutes.
            await process.StopAsync(CancellationToken.None).WaitAsync(ShutdownTimeout + Late, CancellationToken.None);
        }
        catch (OperationCanceledException) when (process.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // It was told to end before it was up.
        }
        catch (TimeoutException) when (process.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            isLate = true;
            LogLate(process.Logger, (ShutdownTimeout + Late).TotalSeconds);
        }
        finally
        {
            // What still runs would find what it needs gone.
            if (!isLate)
                await process.DisposeSoon();
        }

        return own.Reason ?? failure;
    }

    // The host ends in order when a service of it fails, and says so only in its log.
    private static string? Failure(WebApplication process) => process.Services.GetServices<IHostedService>().OfType<BackgroundService>()
        .Select(service => service.ExecuteTask?.Exception).FirstOrDefault(error => error is not null) is { } failed
        ? OneLine.Brief(failed.GetBaseException().Message) : null;

    private static WebApplication Build(SiloOptions options)
    {
        // Found only by the silo's own start, it would be said between the lines of a silo that ends.
        CheckFree(options.ListenAddress, options.SiloPort, "--silo-port");
        CheckFree(options.ListenAddress, options.GatewayPort, "--gateway-port");
        CheckFree(options.HttpAddress, options.HttpPort, "--http-port");

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(options.HttpAddress, options.HttpPort));
        builder.Services.AddRoutingCore();
        // Serilog writes the lines that people read; behind it only the exporter is asked, where there is one.
        builder.Host.UseSerilog((_, logging) => Configure(logging, options), writeToProviders: TelemetryExtensions.IsPushed);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.AddTelemetry("mnist-silo");
        var keeper = new MembershipKeeper(options);
        // What is added here starts after the HTTP server, in this order, and stops before it.
        builder.Host.ConfigureContainer<IServiceCollection>((_, services) => AddSilo(services, options, keeper));

        var process = builder.Build();
        foreach (string remark in options.Remarks)
            LogRemark(process.Logger, remark);
        // Nobody asks for it: it is read by whoever reads meters.
        process.Services.GetRequiredService<SiloMeter>();
        Answer(process);
        return process;
    }

    private static void AddSilo(IServiceCollection services, SiloOptions options, MembershipKeeper keeper)
    {
        services.AddSingleton(options).AddSingleton(keeper).AddSingleton<OwnEnd>()
            .AddSingleton<IFatalErrorHandler, FatalErrors>()
            .AddSingleton(provider => new MembershipWait(
                keeper.Problem, options.Wait, provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<MembershipWait>>()))
            .AddHostedService(provider => provider.GetRequiredService<MembershipWait>());
        services.AddOrleans(silo => silo.UseClustering(options));
        var data = new SiloData(options.Data, options.Transpose);
        services.AddTraining(data, new TrainingSiloOptions { Capacity = options.Workers, Linger = options.Linger });
        services.AddSingleton(data).AddSingleton<SiloHealth>().AddSingleton<SiloReporter>().AddSingleton<SiloMeter>()
            .AddHostedService<DataLoading>()
            .AddSingleton<SiloMembership>().AddHostedService(provider => provider.GetRequiredService<SiloMembership>())
            .AddHostedService<SelfScrape>();
    }

    private static void Answer(WebApplication process)
    {
        process.UseSerilogRequestLogging();
        process.MapPrometheusScrapingEndpoint();
        process.MapGet("/health/live", () => "live");
        process.MapGet("/health/ready", (SiloHealth health) => health.State is var state && state == SiloState.Ready
            ? Results.Text("ready")
            : Results.Text(health.Problem(state) ?? state.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
        process.MapGet("/status", (SiloReporter reporter) => Results.Json(reporter.Report, SiloReport.Json));
    }

    private static void Configure(LoggerConfiguration logging, SiloOptions options)
    {
        // Probes come every few seconds, and one that is answered with "not ready" is no error.
        var requests = options.LogLevel <= LogEventLevel.Debug ? LogEventLevel.Information : LogEventLevel.Fatal;
        logging.MinimumLevel.Is(options.LogLevel)
            .MinimumLevel.Override("Orleans", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            // What keeps the process from starting is its last line.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal)
            .MinimumLevel.Override("Polly", LogEventLevel.Warning)
            // Who was not let in, and why, is told of by Refusals.
            .MinimumLevel.Override("Orleans.Connections.Security",
                options.LogLevel <= LogEventLevel.Debug ? LogEventLevel.Warning : LogEventLevel.Fatal)
            // It advises the server's garbage collector, which takes more memory and gives a trainer nothing.
            .MinimumLevel.Override("Orleans.Runtime.Silo", LogEventLevel.Error)
            // Its first check takes the time since the machine started for a stall.
            .MinimumLevel.Override("Orleans.Runtime.Watchdog", LogEventLevel.Error)
            .MinimumLevel.Override("Serilog.AspNetCore", requests)
            .WriteTo.Console(options.LogFormat == LogFormat.Json ? new RenderedCompactJsonFormatter() : new OneLineFormatter());
    }

    private static void CheckFree(IPAddress address, int port, string option)
    {
        try
        {
            using var listener = new TcpListener(address, port) { ExclusiveAddressUse = true };
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new IOException($"Port {port} of {address} cannot be listened on ({e.Message}): give another with {option}.");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Remark}")]
    private static partial void LogRemark(Microsoft.Extensions.Logging.ILogger logger, string remark);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo could not leave the cluster within {Seconds:0} s: it goes regardless")]
    private static partial void LogLate(Microsoft.Extensions.Logging.ILogger logger, double seconds);
}
