using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Workers;
using Orleans.Configuration;

namespace MnistDistributed.Grains.Hosting;

/// <summary>Silos in the caller's own process: the coordinator's embedded default. They form one cluster and take part in training.</summary>
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

    /// <summary>Starts the silos and waits until all of them are up.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="data">The data set, which all of them share.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<LocalCluster> Start(int silos, IDataSetSource data, CancellationToken cancellationToken)
    {
        var cluster = new LocalCluster();
        try
        {
            int[] ports = FreePorts(2 * silos);
            var primary = new IPEndPoint(IPAddress.Loopback, ports[0]);
            for (int i = 0; i < silos; i++)
            {
                var silo = Build(i, ports[2 * i], ports[2 * i + 1], primary, data);
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

    private static IHost Build(int index, int siloPort, int gatewayPort, IPEndPoint primary, IDataSetSource data)
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
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddTraining(data);
        return builder.Build();
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        int[] ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Stop());
        return ports;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A silo did not stop in order")]
    private static partial void LogStopFailed(ILogger logger, Exception exception);

    /// <summary>Ctrl-C and SIGTERM are the caller's: the silos end when the cluster is disposed of, not before the caller has put things in order.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
