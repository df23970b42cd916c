using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>How silos find each other.</summary>
public static class CoreHostingExtensions
{
    /// <summary>Joins the silos of this process that name the same cluster and primary endpoint. No port is opened.</summary>
    /// <param name="builder">The silo's builder.</param>
    /// <param name="siloPort">The port of the silo's address.</param>
    /// <param name="gatewayPort">Without effect: there are no clients outside.</param>
    /// <param name="primarySiloEndpoint">Endpoint of the cluster's first silo; null if this is it.</param>
    /// <param name="serviceId">The service's name.</param>
    /// <param name="clusterId">The cluster's name.</param>
    public static ISiloBuilder UseLocalhostClustering(
        this ISiloBuilder builder,
        int siloPort = 11111,
        int gatewayPort = 30000,
        IPEndPoint? primarySiloEndpoint = null,
        string serviceId = "dev",
        string clusterId = "dev")
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, siloPort);
        builder.Services.AddSingleton(new ClusterEndpoints(endpoint, primarySiloEndpoint ?? endpoint));
        return builder.Configure<ClusterOptions>(options =>
        {
            options.ServiceId = serviceId;
            options.ClusterId = clusterId;
        });
    }
}
