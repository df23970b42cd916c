using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.GrainDirectory;
using Orleans.TestingHost;

namespace MnistDistributed.Grains.Tests.Hosts;

/// <summary>
/// Silos of Orleans' own TestingHost, with the grain directory and the failure detection that Orleans has outside of tests.
/// </summary>
public sealed class RuntimeHost : IAsyncDisposable
{
    private readonly Dictionary<string, InProcessSiloHandle> _silos = [];
    private readonly Dictionary<string, Cut> _cuts = [];
    private readonly InProcessTestCluster _cluster;
    private IPEndPoint? _primary;
    private int _started;

    /// <param name="configure">Adds the services of the silo that is named.</param>
    public RuntimeHost(Action<string, IServiceCollection> configure)
    {
        var builder = new InProcessTestClusterBuilder(0);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost((_, host) => host.ConfigureContainer(new DefaultServiceProviderFactory(), LikeOutsideOfTests));
        builder.ConfigureSilo((silo, runtime) =>
        {
            var cut = new Cut();
            _cuts[silo.SiloName] = cut;
            runtime.UseDevelopmentClustering(_primary ??= new IPEndPoint(IPAddress.Loopback, silo.SiloPort));
            runtime.Services.AddSingleton<IOutgoingGrainCallFilter>(cut);
            runtime.Configure<ClusterMembershipOptions>(NoticeSoon);
            runtime.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(10));
            configure(silo.SiloName, runtime.Services);
        });
        _cluster = builder.Build();
    }

    /// <summary>Starts a silo and waits until all silos know it.</summary>
    public async Task<string> Start()
    {
        var silo = await InProcessTestCluster.StartSiloAsync(_cluster, _started++, _cluster.Options);
        _silos.Add(silo.Name, silo);
        await Agree();
        return silo.Name;
    }

    /// <summary>The services of a silo.</summary>
    public IServiceProvider Services(string silo) => _silos[silo].ServiceProvider;

    /// <summary>Stops a silo in order.</summary>
    public async Task Stop(string silo)
    {
        _silos.Remove(silo, out var handle);
        await _cluster.StopSiloAsync(handle!);
        await Agree();
    }

    /// <summary>Kills a silo. The others find out for themselves.</summary>
    public async Task Kill(string silo)
    {
        // TestingHost still runs the hosted services' StopAsync; a process that is dead says no good-bye.
        _cuts[silo].IsDead = true;
        _silos.Remove(silo, out var handle);
        await _cluster.KillSiloAsync(handle!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string silo in _silos.Keys.Reverse().ToList())
            await Kill(silo);
        await _cluster.DisposeAsync();
    }

    /// <summary>A crash is noticed in a few seconds, a stall of a busy machine is not taken for one.</summary>
    private static void NoticeSoon(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(1);
        options.TableRefreshTimeout = TimeSpan.FromSeconds(1);
        options.NumVotesForDeathDeclaration = 1;
    }

    /// <summary>
    /// TestingHost brings a grain directory and a table of silos that are always right, and a silo that it kills signs out of the table.
    /// Without them the silos have to find out, as those of a real cluster.
    /// </summary>
    private static void LikeOutsideOfTests(IServiceCollection services)
    {
        // The directory is there once under its name, once in a list of names.
        var directory = services.Where(service =>
            service.ServiceType == typeof(IGrainDirectory) || service.ServiceType.GenericTypeArguments.Contains(typeof(IGrainDirectory)));
        foreach (var service in directory.Append(services.Last(service => service.ServiceType == typeof(IMembershipTable))).ToList())
            services.Remove(service);
    }

    /// <summary>Waits until every silo takes the same silos for the active ones.</summary>
    private async Task Agree()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var alive = _silos.Values.Select(silo => silo.SiloAddress).ToHashSet();
        foreach (var silo in _silos.Values)
        {
            var membership = silo.ServiceProvider.GetRequiredService<IClusterMembershipService>();
            await foreach (var view in membership.MembershipUpdates.WithCancellation(patience.Token))
            {
                if (view.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member =>
                    member.SiloAddress).ToHashSet().SetEquals(alive))
                    break;
            }
        }
    }

    /// <summary>Keeps what a dead silo would still say from being sent.</summary>
    private sealed class Cut : IOutgoingGrainCallFilter
    {
        public volatile bool IsDead;

        public Task Invoke(IOutgoingGrainCallContext context) =>
            IsDead ? throw new SiloUnavailableException("This silo is dead.") : context.Invoke();
    }
}
