using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.InProcess;

namespace MnistDistributed.Grains.Tests.Hosts;

/// <summary>Silos of compat/Orleans, each a host of this process.</summary>
/// <param name="configure">Adds the services of the silo that is named.</param>
public sealed class RuntimeHost(Action<string, IServiceCollection> configure) : IAsyncDisposable
{
    private static readonly IPEndPoint Primary = new(IPAddress.Loopback, 1);

    private readonly string _clusterId = $"test-{Guid.NewGuid():N}";
    private readonly Dictionary<string, IHost> _silos = [];
    private readonly List<IHost> _killed = [];
    private int _started;

    /// <summary>Which runtime this is, as a reader of the tests' output knows it.</summary>
    public static string Name => "compat/Orleans";

    /// <summary>Starts a silo.</summary>
    public async Task<string> Start()
    {
        string name = $"Silo_{_started++}";
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleans(silo =>
        {
            // No port is opened; the number only tells the silos apart.
            silo.UseLocalhostClustering(siloPort: _started, primarySiloEndpoint: Primary, clusterId: _clusterId);
            silo.Configure<SiloOptions>(options => options.SiloName = name);
            configure(name, silo.Services);
        });
        var host = builder.Build();
        await host.StartAsync();
        _silos.Add(name, host);
        return name;
    }

    /// <summary>The services of a silo.</summary>
    public IServiceProvider Services(string silo) => _silos[silo].Services;

    /// <summary>Stops a silo in order.</summary>
    public async Task Stop(string silo)
    {
        _silos.Remove(silo, out var host);
        await host!.StopAsync();
        host.Dispose();
    }

    /// <summary>Kills a silo. Its zombies go on, and nobody hears them.</summary>
    public Task Kill(string silo)
    {
        _silos.Remove(silo, out var host);
        _killed.Add(host!);
        SiloKill.Kill(host!);
        SiloKill.Silence(host!);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string silo in _silos.Keys.ToList())
            await Kill(silo);
        foreach (var host in _killed)
        {
            // A zombie has nobody to hand over to.
            await host.StopAsync(new CancellationToken(canceled: true));
            host.Dispose();
        }
    }
}
