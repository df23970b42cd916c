using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace MnistDistributed.Silo;

/// <summary>
/// A process that hosts one silo: its grains take part in training. <c>/health/live</c> answers while the process runs,
/// <c>/health/ready</c> while the silo takes part, <c>/status</c> says how it is, <c>/metrics</c> is for Prometheus.
/// </summary>
public static class SiloProcess
{
    /// <summary>
    /// How long the process may take to end when it is told to. The silo hands over first, and then leaves the cluster.
    /// </summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(14);

    /// <summary>Builds the process; the silo starts with it.</summary>
    /// <exception cref="IOException">A port is taken.</exception>
    public static WebApplication Build(SiloOptions options)
    {
        // Found only by the silo's own start, it would be said between the lines of a silo that ends.
        CheckFree(options.ListenAny ? IPAddress.Any : options.Address, options.SiloPort, "--silo-port");
        CheckFree(options.ListenAny ? IPAddress.Any : options.Address, options.GatewayPort, "--gateway-port");
        CheckFree(options.HttpAddress, options.HttpPort, "--http-port");

        var builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.HttpAddress, options.HttpPort));
        // Serilog writes the lines that people read; behind it only the exporter is asked, where there is one.
        builder.Logging.ClearProviders();
        builder.Host.UseSerilog((_, logging) => Configure(logging, options), writeToProviders: TelemetryExtensions.IsPushed);
        builder.UseOrleans(silo => silo.UseClustering(options));
        var data = new SiloData(options.Data);
        builder.Services.AddTraining(data, new TrainingSiloOptions { Capacity = options.Workers, Linger = options.Linger });
        builder.Services.AddSingleton(options).AddSingleton(data).AddSingleton<SiloReporter>().AddHostedService<DataLoading>()
            .AddSingleton<SiloMeter>().AddSingleton<SiloMembership>()
            .AddHostedService(provider => provider.GetRequiredService<SiloMembership>())
            .AddHostedService<SelfScrape>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        builder.AddTelemetry("mnist-silo");

        var app = builder.Build();
        // Nobody asks for it: it is read by whoever reads meters.
        app.Services.GetRequiredService<SiloMeter>();
        app.UseSerilogRequestLogging();
        app.MapPrometheusScrapingEndpoint();
        app.MapGet("/health/live", () => "live");
        app.MapGet("/health/ready", (SiloReporter reporter) => reporter.State == SiloState.Ready
            ? Results.Text("ready")
            : Results.Text(reporter.Report.Problem ?? reporter.State.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/status", (SiloReporter reporter) => Results.Json(reporter.Report, SiloReport.Json));
        return app;
    }

    private static void Configure(LoggerConfiguration logging, SiloOptions options)
    {
        // Probes come every few seconds, and one that is answered with "not ready" is no error.
        var requests = options.LogLevel <= LogEventLevel.Debug ? LogEventLevel.Information : LogEventLevel.Fatal;
        logging.MinimumLevel.Is(options.LogLevel)
            .MinimumLevel.Override("Orleans", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
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
}
