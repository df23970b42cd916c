using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting.Transport;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using Orleans.Configuration;

namespace MnistDistributed.Grains.Hosting;

/// <summary>
/// Silos in the caller's own process: the coordinator's embedded default. They form one cluster and take part in training.
/// </summary>
public sealed partial class LocalCluster : ITrainingCluster
{
    private readonly List<IHost> _silos = [];

    private LocalCluster()
    {
    }

    /// <summary>The silos, the primary first.</summary>
    public IReadOnlyList<IHost> Silos => _silos;

    /// <inheritdoc/>
    public IGrainFactory Grains => _silos[0].Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silos and waits until all of them are up; what they measure of a run goes with it.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="data">The data set, which all of them share.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static Task<LocalCluster> Start(int silos, IDataSetSource data, CancellationToken cancellationToken) =>
        Start(silos, data, new RunMeters(TimeProvider.System, TimeSpan.Zero), cancellationToken);

    /// <summary>Starts the silos and waits until all of them are up.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="data">The data set, which all of them share.</param>
    /// <param name="meters">What they measure of their runs; it outlives them.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<LocalCluster> Start(int silos, IDataSetSource data, RunMeters meters, CancellationToken cancellationToken)
    {
        var cluster = new LocalCluster();
        try
        {
            var ports = new FreePorts();
            var primary = new IPEndPoint(IPAddress.Loopback, ports.Any());
            for (int i = 0; i < silos; i++)
            {
                var silo = Build(i, i == 0 ? primary.Port : ports.Any(), ports.Any(), primary, data, meters);
                cluster._silos.Add(silo);
                await silo.StartAsync(cancellationToken);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the silos, the primary last. One that does not stop in order is let go.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var silo in Enumerable.Reverse(_silos))
        {
            try
            {
                await silo.StopAsync();
            }
            catch (Exception e)
            {
                // What the caller did before must not be hidden by how the cluster went down.
                LogStopFailed(silo.Services.GetRequiredService<ILogger<LocalCluster>>(), e);
            }
            finally
            {
                silo.Dispose();
            }
        }
    }

    private static IHost Build(int index, int siloPort, int gatewayPort, IPEndPoint primary, IDataSetSource data, RunMeters meters)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Orleans", LogLevel.Error)
            .AddFilter("Microsoft.Orleans", LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, primary, serviceId: "mnist", clusterId: $"local-{primary.Port}");
            silo.Configure<SiloOptions>(options => options.SiloName = $"silo-{index}");
            silo.Services.UseBulkTransport();
            if (TelemetryExtensions.IsPushed)
                silo.AddActivityPropagation();
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddSingleton(meters).AddTraining(data);
        return builder.Build();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A silo did not stop in order")]
    private static partial void LogStopFailed(ILogger logger, Exception exception);
}
