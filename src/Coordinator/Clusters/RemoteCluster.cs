using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
using MnistDistributed.Grains.Hosting.Transport;
using MnistDistributed.Grains.Telemetry;
using Orleans.Configuration;
using StackExchange.Redis;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>A running cluster of silo processes, with this process as its client.</summary>
public static class RemoteCluster
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Connects to a cluster; tries again until one answers.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="unanswered">Told why, each time that it does not answer.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    public static async Task<ITrainingCluster> Connect(
        ClusterAddress address, Action<string> unanswered, CancellationToken cancellationToken)
    {
        var redis = address.Redis is null ? null : RedisConnection.Options(address.Redis, address.Tls);
        while (true)
        {
            var host = Build(address, redis);
            try
            {
                await host.StartAsync(cancellationToken);
                return new Client(host);
            }
            catch (Exception e)
                when (!cancellationToken.IsCancellationRequested && e is OrleansException or TimeoutException or RedisException)
            {
                host.Dispose();
                unanswered(e is RedisException failure ? $"Redis does not answer: {RedisConnection.Why(failure)}"
                    : e.GetBaseException().Message);
                await Task.Delay(Pause, cancellationToken);
            }
            catch
            {
                host.Dispose();
                // What failed because the trying ended is no more than that.
                cancellationToken.ThrowIfCancellationRequested();
                throw;
            }
        }
    }

    private static IHost Build(ClusterAddress address, ConfigurationOptions? redis)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Critical)
            .AddSimpleConsole(console => console.SingleLine = true).AddFilter(typeof(TlsWatch).FullName, LogLevel.Warning);
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (address.ClusterId, address.ServiceId));
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterTimes.ClientResponse);
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = ClusterTimes.GatewayRefresh);
            client.Services.UseBulkTransport();
            client.UseTls(address.Tls, problem => address.Problem.Text = problem);
            if (TelemetryExtensions.IsPushed)
                client.AddActivityPropagation();
            if (redis is null)
                client.UseStaticClustering([.. address.Gateways]);
            else
                client.UseRedisClustering(membership => membership.ConfigurationOptions = redis);
        });
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        return builder.Build();
    }

    private sealed class Client(IHost host) : ITrainingCluster
    {
        public IGrainFactory Grains => host.Services.GetRequiredService<IClusterClient>();

        public async ValueTask DisposeAsync()
        {
            try
            {
                await host.StopAsync(CancellationToken.None);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                // The cluster is gone already.
            }
            finally
            {
                host.Dispose();
            }
        }
    }
}
