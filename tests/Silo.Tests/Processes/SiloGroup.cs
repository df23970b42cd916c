using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>The silo processes of one cluster.</summary>
internal sealed class SiloGroup : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(30);

    private readonly List<TestSilo> _silos = [];

    /// <summary>Those that run.</summary>
    public IReadOnlyList<TestSilo> Alive => [.. _silos.Where(silo => silo.Process.IsRunning)];

    /// <summary>All logs, for a failed test's message.</summary>
    public string Said => string.Join("\n\n", _silos.Select(silo => $"{silo.Name}:\n{silo.Process.Said}"));

    public void Add(TestSilo silo) => _silos.Add(silo);

    /// <summary>Waits until all of them take part.</summary>
    public Task Ready() => Task.WhenAll(Alive.Select(silo => silo.Ready()));

    /// <summary>Follows a run until so many steps are done, and gives the silo of its parameter server.</summary>
    public async Task<TestSilo> ServerAt(string run, int steps)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (true)
        {
            foreach (var silo in Alive)
            {
                if ((await silo.Status())?.ParameterServers.Contains(run) == true && await silo.Steps(run) >= steps)
                    return silo;
            }

            Assert.False(patience.IsCancellationRequested, $"Run {run} did not come to step {steps}.\n{Said}");
            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until the parameter server that a silo holds has done so many steps of a run.</summary>
    public static async Task StepsAt(TestSilo server, string run, int steps)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (await server.Steps(run) < steps)
        {
            Assert.False(patience.IsCancellationRequested, server.Process.Said);
            await Task.Delay(Pause);
        }
    }

    /// <summary>Waits until a silo's report is as wanted.</summary>
    public static async Task Until(TestSilo silo, Func<SiloReport, bool> wanted)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (await silo.Status() is not { } report || !wanted(report))
        {
            Assert.False(patience.IsCancellationRequested, silo.Process.Said);
            await Task.Delay(Pause);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
            await silo.DisposeAsync();
    }
}
