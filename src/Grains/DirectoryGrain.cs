using MnistDistributed.Grains.Interfaces;
using MnistDistributed.Grains.Messages;
using Orleans.Concurrency;

namespace MnistDistributed.Grains;

/// <summary>Divides the workers that each run wants evenly over the silos that report.</summary>
[Reentrant]
public sealed class DirectoryGrain(TimeProvider time) : Grain, IDirectoryGrain
{
    private static readonly TimeSpan RunExpiry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SiloExpiry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReportHold = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<string, Run> _runs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _silos = new(StringComparer.Ordinal);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 1;

    private sealed record Run(int Workers, int MinimumSilos, long Renewed, bool HasBegun);

    /// <inheritdoc/>
    public Task Register(string run, int workers, int minimumSilos)
    {
        bool isNew = !_runs.TryGetValue(run, out var known) || known.Workers != workers || known.MinimumSilos != minimumSilos;
        _runs[run] = new Run(workers, minimumSilos, time.GetTimestamp(), HasBegun: known?.HasBegun == true);
        if (isNew)
            Changed();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Remove(string run)
    {
        if (_runs.Remove(run))
            Changed();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<SiloDemand> Report(string silo, long seenVersion)
    {
        Saw(silo);
        if (seenVersion == _version)
        {
            using var enough = new CancellationTokenSource(ReportHold, time);
            await _changed.Task.WaitAsync(enough.Token).ContinueWith(_ => { }, TaskScheduler.Current);
        }

        // Silos that are lost later are the others' to make up for.
        foreach (var (name, run) in _runs.Where(run => _silos.Count >= run.Value.MinimumSilos).ToList())
            _runs[name] = run with { HasBegun = true };
        return new SiloDemand
        {
            Version = _version,
            Runs = _runs.Where(run => run.Value.HasBegun)
                .Select(run => new RunDemand { Run = run.Key, Workers = ShareOf(silo, run.Value.Workers) })
                .Where(demand => demand.Workers > 0)
                .ToArray(),
        };
    }

    /// <inheritdoc/>
    public Task Leave(string silo)
    {
        if (_silos.Remove(silo))
            Changed();
        return Task.CompletedTask;
    }

    private void Saw(string silo)
    {
        bool changes = !_silos.ContainsKey(silo);
        _silos[silo] = time.GetTimestamp();
        changes |= Drop(_silos, _silos.Where(other => time.GetElapsedTime(other.Value) > SiloExpiry).Select(other => other.Key));
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

    private int ShareOf(string silo, int workers)
    {
        int index = _silos.Keys.TakeWhile(name => name != silo).Count();
        return index == _silos.Count ? 0 : workers / _silos.Count + (index < workers % _silos.Count ? 1 : 0);
    }

    private void Changed()
    {
        _version++;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
