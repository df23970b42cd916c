using System.Net;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Transport;
using MnistDistributed.Grains.Telemetry;
using Orleans.Configuration;

namespace MnistDistributed.Silo;

/// <summary>The set-up that makes a silo part of a cluster of processes.</summary>
public static class SiloClustering
{
    /// <summary>Sets the silo's addresses, its cluster, how it finds the others and how it notices that one is dead.</summary>
    public static void UseClustering(this ISiloBuilder silo, SiloOptions options)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.Configure<Orleans.Configuration.SiloOptions>(own => own.SiloName = options.Name);
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterTimes.Response);
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeTimeout;
            membership.NumMissedProbesLimit = options.MissedProbes;
            // By default four times as long; and so many times this is how long a silo is spared that has said anything, so that one that
            // stands still would be noticed after 12 s, not 3.
            membership.MaxProbeTimeout = options.ProbeTimeout;
            membership.TableRefreshTimeout = 5 * options.ProbeTimeout;
            // A silo that was killed with the whole cluster is passed over when the next cluster starts.
            membership.IAmAliveTablePublishTimeout = 5 * options.ProbeTimeout;
        });
        // With the default one a silo that goes, in order or not, takes every grain with it whose entry its part of the directory
        // held, wherever that grain is: one silo of three would take the parameter server of another, and steps would be done again.
#pragma warning disable ORLEANSEXP003 // Its name may still change; what it does is what we need.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        // By default it keeps a dead silo's grains from all others for half a minute, in case that silo lives; a parameter server has its
        // term for that.
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
        if (TelemetryExtensions.IsPushed)
            silo.AddActivityPropagation();
        silo.Configure<EndpointOptions>(endpoints =>
        {
            (endpoints.AdvertisedIPAddress, endpoints.SiloPort, endpoints.GatewayPort) =
                (options.Address, options.SiloPort, options.GatewayPort);
            endpoints.SiloListeningEndpoint = new IPEndPoint(options.ListenAddress, options.SiloPort);
            endpoints.GatewayListeningEndpoint = new IPEndPoint(options.ListenAddress, options.GatewayPort);
        });
        silo.Services.UseBulkTransport();
        silo.UseTls(options);
        switch (options.Clustering)
        {
            case Clustering.Localhost:
                silo.UseDevelopmentClustering(options.Primary ?? new IPEndPoint(options.Address, options.SiloPort));
                break;
            case Clustering.Redis:
                silo.UseRedisClustering(redis => redis.ConfigurationOptions = RedisConnection.Options(options.Redis!, options.Tls));
                break;
            case Clustering.Kubernetes:
                silo.UseKubernetesHosting();
                silo.UseRedisClustering(redis => redis.ConfigurationOptions = RedisConnection.Options(options.Redis!, options.Tls));
                break;
        }
    }
}
