using System.Globalization;
using System.Text.RegularExpressions;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>The silo processes of one cluster.</summary>
internal sealed class SiloGroup : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly List<TestSilo> _silos = [];

    /// <summary>Those that run.</summary>
    public IReadOnlyList<TestSilo> Alive => [.. _silos.Where(silo => silo.Process.IsRunning)];

    /// <summary>All logs, for a failed test's message.</summary>
    public string Said => string.Join("\n\n", _silos.Select(silo => $"{silo.Name}:\n{silo.Process.Said}"));

    public void Add(TestSilo silo) => _silos.Add(silo);

    /// <summary>Waits until all of them take part.</summary>
    public Task Ready() => Task.WhenAll(Alive.Select(silo => silo.Ready()));

    /// <summary>The silo of a run's parameter server, as soon as there is one; null if the training ended before it was seen.</summary>
    public async Task<TestSilo?> ServerOf(string run, ProgramProcess train)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (train.IsRunning)
        {
            // Another that slept through the end of its term may still say that it has one.
            var silo = LastServerOf(run);
            if ((await silo.Status())?.ParameterServers.Contains(run) == true)
                return silo;

            Assert.False(patience.IsCancellationRequested, $"Run {run} has no parameter server.\n{Said}");
            await Task.Delay(Pause);
        }

        return null;
    }

    /// <summary>The silo that last opened a term of a run, as its log says.</summary>
    public TestSilo LastServerOf(string run) => _silos
        .Select(silo => (Silo: silo, Term: Regex.Matches(silo.Process.Said, $@"Run {run}: term (\d+) is open").Select(match =>
            int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).LastOrDefault()))
        .MaxBy(pair => pair.Term).Silo;

    /// <summary>Waits until a run does no more steps and is at the end of an epoch.</summary>
    /// <returns>Steps done.</returns>
    public static async Task<int> RestOf(TestSilo server, string run)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        int steps = 0;
        // The counters that a silo shows are up to 300 ms old.
        for (int same = 0; same < 6 || steps % ClusterWorkspace.EpochSteps != 0; same++)
        {
            Assert.False(
                patience.IsCancellationRequested, $"It does not come to the end of an epoch after step {steps}.\n{server.Process.Said}");
            await Task.Delay(Pause);
            int now = await server.Steps(run);
            if (now != steps)
                (same, steps) = (0, now);
        }

        return steps;
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
    public static Task Until(TestSilo silo, Func<SiloReport, bool> wanted) =>
        Until(silo, async () => await silo.Status() is { } report && wanted(report));

    /// <summary>Waits until something is true of a silo; one that does not answer yet is asked again.</summary>
    public static async Task Until(TestSilo silo, Func<Task<bool>> wanted)
    {
        using var patience = new CancellationTokenSource(ProgramProcess.Patience);
        while (!await IsTrue())
        {
            Assert.False(patience.IsCancellationRequested, silo.Process.Said);
            await Task.Delay(Pause);
        }

        async Task<bool> IsTrue()
        {
            try
            {
                return await wanted();
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos)
            await silo.DisposeAsync();
    }
}
