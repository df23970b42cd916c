using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Grains.Tests.Hosts;

/// <summary>Silos in this process that take part in training, on Orleans' TestingHost.</summary>
public sealed class TestHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, SiloProbe> _probes = new();
    private readonly ConcurrentDictionary<string, string> _homes = new();
    private readonly List<string> _silos = [];
    private readonly RuntimeHost _runtime;

    private TestHost(DataSet data, Action<IServiceCollection>? services) => _runtime = new RuntimeHost((silo, to) =>
    {
        var probe = _probes[silo] = new SiloProbe(silo, data, _homes);
        to.AddLogging(logging => logging.AddProvider(probe).AddFilter<SiloProbe>(null, LogLevel.Information));
        to.AddTraining(probe);
        services?.Invoke(to);
    });

    /// <summary>The silos that are up, in the order in which they came.</summary>
    public IReadOnlyList<string> Silos => _silos;

    /// <summary>The way to the grains: the first silo's.</summary>
    public IGrainFactory Grains => _runtime.Services(_silos[0]).GetRequiredService<IGrainFactory>();

    /// <summary>Starts silos.</summary>
    /// <param name="silos">How many.</param>
    /// <param name="data">The data set of all of them.</param>
    /// <param name="services">What a silo has besides, or in place of, what takes part in training.</param>
    public static async Task<TestHost> Start(int silos, DataSet data, Action<IServiceCollection>? services = null)
    {
        var host = new TestHost(data, services);
        try
        {
            for (int i = 0; i < silos; i++)
                await host.StartSilo();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more silo, and waits until it takes part.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> StartSilo()
    {
        string silo = await _runtime.Start();
        _silos.Add(silo);
        await AllTakePart();
        return silo;
    }

    /// <summary>Stops a silo in order: it hands over what it holds.</summary>
    public async Task Stop(string silo)
    {
        _silos.Remove(silo);
        await _runtime.Stop(silo);
    }

    /// <summary>Kills a silo: nothing that it held is handed over, and nobody is told.</summary>
    public async Task Kill(string silo)
    {
        _silos.Remove(silo);
        await _runtime.Kill(silo);
    }

    /// <summary>Completes when a worker of the silo takes part in a run.</summary>
    public Task TookPart(string silo) => _probes[silo].DataAskedFor.WaitAsync(TimeSpan.FromMinutes(1));

    /// <summary>Whether a silo's parameter server of a run handed its state over.</summary>
    public bool HandedOver(string silo, string run) => _probes[silo].HandedOver(run);

    /// <summary>The silo that last opened a term of a run: it has the run's parameter server.</summary>
    public string HomeOf(string run) => _homes[run];

    /// <summary>
    /// Waits until the silos have one directory that knows all of them. While a silo joins there can be two for a moment, and what is told
    /// to
    /// the one that goes is lost; coordinators and silos tell it again, a test need not.
    /// </summary>
    private async Task AllTakePart()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        foreach (string silo in _silos)
        {
            var directory = _runtime.Services(silo).GetRequiredService<IGrainFactory>().GetGrain<IDirectoryGrain>(IDirectoryGrain.Key);
            while (!_silos.ToHashSet().SetEquals((await directory.Silos()).Select(offer => offer.Silo)))
                await Task.Delay(10, patience.Token);
        }
    }

    /// <summary>Kills what is left: a test that wants a silo to go in order stops it.</summary>
    public async ValueTask DisposeAsync() => await _runtime.DisposeAsync();
}
