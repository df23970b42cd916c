using System.Net;
using MnistDistributed.Grains;
using MnistDistributed.Grains.Hosting;
using OpenTelemetry.Metrics;
using Serilog;
using Serilog.Events;

namespace MnistDistributed.Silo;

/// <summary>A process that hosts one silo: its grains take part in training. <c>/health/live</c> answers while the process runs, <c>/health/ready</c> once the data set is in memory; <c>/metrics</c> is for Prometheus.</summary>
public static class SiloProcess
{
    /// <summary>Builds the process; the silo starts with it.</summary>
    public static WebApplication Build(SiloOptions options)
    {
        var data = new SiloData(options.Data);
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.HttpPort));
        builder.Host.UseSerilog((_, logging) => logging
            .MinimumLevel.Override("Orleans", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .WriteTo.Console());
        builder.UseOrleans(silo => silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, options.Primary, serviceId: "mnist", clusterId: "mnist"));
        builder.Services.AddTraining(data);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(TrainingMeter.Name, "Microsoft.Orleans").AddPrometheusExporter());

        var app = builder.Build();
        app.UseSerilogRequestLogging();
        app.MapPrometheusScrapingEndpoint();
        app.MapGet("/health/live", () => "live");
        app.MapGet("/health/ready", () => data.IsLoaded ? Results.Text("ready") : Results.Text("loading the data set", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.Lifetime.ApplicationStarted.Register(() => _ = Load(data, app));
        return app;
    }

    private static async Task Load(SiloData data, WebApplication app)
    {
        try
        {
            var set = await data.Get(app.Lifetime.ApplicationStopping);
            app.Logger.LogInformation("Data set {Digest}: {Train} training and {Test} test images", set.Digest, set.Train.Count, set.Test.Count);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            app.Logger.LogError("{Problem}", e.Message);
        }
    }
}
