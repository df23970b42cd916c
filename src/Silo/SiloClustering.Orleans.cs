using System.Net;
using MnistDistributed.Grains.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace MnistDistributed.Silo;

public static partial class SiloClustering
{
    static partial void Configure(ISiloBuilder silo, SiloOptions options)
    {
        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.Configure<Orleans.Configuration.SiloOptions>(own => own.SiloName = options.Name);
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = ClusterTimes.Response);
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = options.ProbeTimeout;
            membership.NumMissedProbesLimit = options.MissedProbes;
            membership.TableRefreshTimeout = 5 * options.ProbeTimeout;
            // A silo that was killed with the whole cluster is passed over when the next cluster starts.
            membership.IAmAliveTablePublishTimeout = 5 * options.ProbeTimeout;
        });
        silo.ConfigureEndpoints(options.Address, options.SiloPort, options.GatewayPort, options.ListenAny);
        switch (options.Clustering)
        {
            case Clustering.Localhost:
                silo.UseDevelopmentClustering(options.Primary ?? new IPEndPoint(options.Address, options.SiloPort));
                break;
            case Clustering.Redis:
                silo.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis!));
                break;
            case Clustering.Kubernetes:
                silo.UseKubernetesHosting();
                silo.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(options.Redis!));
                break;
        }
    }
}
