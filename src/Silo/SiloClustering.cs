using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Model;
using Orleans.Configuration;
using StackExchange.Redis;

namespace MnistDistributed.Silo;

/// <summary>The set-up that makes a silo part of a cluster of processes.</summary>
public static class SiloClustering
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

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

    /// <summary>Waits until whoever keeps the cluster's membership answers: Redis, or the primary silo.</summary>
    /// <exception cref="IOException">It does not.</exception>
    /// <exception cref="UsageException">What was given for Redis is no address of it.</exception>
    public static Task WaitForMembership(SiloOptions options, CancellationToken cancellationToken) => options switch
    {
        { Redis: { } redis } => AskRedis(redis),
        { Primary: { } primary } => AskPrimary(primary, options.Wait, cancellationToken),
        _ => Task.CompletedTask,
    };

    private static async Task AskRedis(string redis)
    {
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(redis);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--redis {RedisAddress.Shown(redis)}: give HOST:PORT, and options as StackExchange.Redis writes "
                + $"them. ({OneLine.Brief(e.Message)})");
        }
        catch (RedisException e)
        {
            throw new IOException($"Redis does not answer at --redis {RedisAddress.Shown(redis)}: start it (redis-server), or give its "
                + $"HOST:PORT. ({OneLine.Brief(e.Message)})");
        }
    }

    private static async Task AskPrimary(IPEndPoint primary, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (long began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(primary, cancellationToken);
                return;
            }
            catch (SocketException e) when (Stopwatch.GetElapsedTime(began) > patience)
            {
                throw new IOException(
                    $"No silo answers at --primary {primary}: start the primary silo first, and give its silo port. ({e.Message})");
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }
}
