namespace MnistDistributed.Grains.Telemetry;

/// <summary>
/// The meters of the runs that a process takes part in. When nobody holds a run's any more, its series stay for a while, so that the last
/// values are scraped, and then go: a process that serves its thousandth run exports no more than at its tenth.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="linger">How long they stay.</param>
public sealed class RunMeters(TimeProvider time, TimeSpan linger) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Holds a run's meter, until it is let go by <see cref="Release"/> as often as it was taken.</summary>
    public RunMeter Take(string run)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(run, out var entry))
                _entries.Add(run, entry = new Entry(new RunMeter(run)));
            entry.Holders++;
            entry.End?.Dispose();
            entry.End = null;
            return entry.Meter;
        }
    }

    /// <summary>Somebody who took a run's meter needs it no more.</summary>
    public void Release(string run)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(run, out var entry) || --entry.Holders > 0)
                return;
            if (linger > TimeSpan.Zero)
                entry.End = time.CreateTimer(_ => End(run, entry), null, linger, Timeout.InfiniteTimeSpan);
            else
                Remove(run, entry);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (run, entry) in _entries.ToList())
                Remove(run, entry);
        }
    }

    private void End(string run, Entry entry)
    {
        lock (_lock)
        {
            // Somebody may have taken it at the same moment.
            if (entry.Holders == 0)
                Remove(run, entry);
        }
    }

    private void Remove(string run, Entry entry)
    {
        _entries.Remove(run);
        entry.End?.Dispose();
        entry.Meter.Dispose();
    }

    private sealed class Entry(RunMeter meter)
    {
        public RunMeter Meter { get; } = meter;

        public int Holders { get; set; }

        public ITimer? End { get; set; }
    }
}
