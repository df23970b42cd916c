using MnistDistributed.Grains.Hosting;
using Orleans.Concurrency;

namespace MnistDistributed.Grains.Directory;

/// <summary>
/// The directory, which divides the workers that each run wants over the silos that report. It holds nothing that its
/// callers do not tell it again within seconds, so one that is lost with its silo is made up for by an empty one.
/// Reentrant, so that silos can wait for news while others report: calls take turns at each await, and never run at once.
/// </summary>
/// <param name="context">Its place in the cluster.</param>
/// <param name="time">The clock.</param>
[Reentrant]
public sealed class DirectoryGrain(IGrainContext context, TimeProvider time) : IGrainBase, IDirectoryGrain
{
    private static readonly TimeSpan RunExpiry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SiloExpiry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReportHold = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilosArrive = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RunsReturn = TimeSpan.FromSeconds(20);

    private readonly long _began = time.GetTimestamp();
    private readonly SortedDictionary<string, Run> _runs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Silo> _silos = new(StringComparer.Ordinal);
    private readonly Signal _changed = new(time);
    private long _version = 1;
    private bool _isSuccessor;

    private sealed record Run(int Workers, int Silos, long Renewed, bool HasBegun);

    private sealed record Silo(int Capacity, long Seen);

    /// <inheritdoc/>
    public IGrainContext GrainContext => context;

    /// <inheritdoc/>
    public Task<SiloOffer[]> Silos()
    {
        DropSilent();
        return Task.FromResult(_silos.Select(silo => new SiloOffer { Silo = silo.Key, Capacity = silo.Value.Capacity }).ToArray());
    }

    /// <inheritdoc/>
    public Task<ClusterOffer> Register(string run, int workers, int silos)
    {
        bool isNew = !_runs.TryGetValue(run, out var known) || known.Workers != workers || known.Silos != silos;
        _runs[run] = new Run(workers, silos, time.GetTimestamp(), HasBegun: known?.HasBegun == true);
        if (isNew)
            Changed();
        DropSilent();
        return Task.FromResult(new ClusterOffer { Silos = _silos.Count, Workers = _silos.Values.Sum(silo => silo.Capacity) });
    }

    /// <inheritdoc/>
    public Task Remove(string run)
    {
        if (_runs.Remove(run))
            Changed();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<SiloDemand> Report(string silo, int capacity, long seenVersion)
    {
        bool isKnown = _silos.TryGetValue(silo, out var known);
        _isSuccessor |= !isKnown && seenVersion != 0;
        _silos[silo] = new Silo(capacity, time.GetTimestamp());
        if (known?.Capacity != capacity)
            Changed();
        DropSilent();
        if (seenVersion == _version)
            await _changed.Wait(ReportHold);

        // Silos that are lost later are the others' to make up for.
        foreach (var (name, run) in _runs.Where(run => _silos.Count >= run.Value.Silos || Age > SilosArrive).ToList())
            _runs[name] = run with { HasBegun = true };
        return new SiloDemand
        {
            Version = _version,
            Runs = _runs.Where(run => run.Value.HasBegun)
                .Select(run => new RunDemand { Run = run.Key, Workers = ShareOf(silo, run.Value.Workers) })
                .Where(demand => demand.Workers > 0)
                .ToArray(),
            IsPartial = _isSuccessor && Age < RunsReturn,
        };
    }

    /// <inheritdoc/>
    public Task Leave(string silo)
    {
        if (_silos.Remove(silo))
            Changed();
        return Task.CompletedTask;
    }

    private TimeSpan Age => time.GetElapsedTime(_began);

    private void DropSilent()
    {
        bool changes = Drop(_silos, _silos.Where(silo => time.GetElapsedTime(silo.Value.Seen) > SiloExpiry).Select(silo => silo.Key));
        changes |= Drop(_runs, _runs.Where(run => time.GetElapsedTime(run.Value.Renewed) > RunExpiry).Select(run => run.Key));
        if (changes)
            Changed();
    }

    private static bool Drop<T>(SortedDictionary<string, T> from, IEnumerable<string> names)
    {
        var gone = names.ToList();
        gone.ForEach(name => from.Remove(name));
        return gone.Count > 0;
    }

    /// <summary>Workers are dealt one at a time to the silos in turn; one that is full is passed over.</summary>
    private int ShareOf(string silo, int workers)
    {
        int share = 0;
        for (int round = 0; workers > 0; round++)
        {
            var taking = _silos.Where(other => other.Value.Capacity > round).Select(other => other.Key).Take(workers).ToList();
            if (taking.Count == 0)
                break;
            share += taking.Contains(silo) ? 1 : 0;
            workers -= taking.Count;
        }

        return share;
    }

    private void Changed()
    {
        _version++;
        _changed.Set();
    }
}
