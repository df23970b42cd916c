namespace MnistDistributed.Simulation.Time;

/// <summary>The clock of a <see cref="VirtualThread"/>: the world's time, which moves only while nothing is ready.</summary>
/// <param name="thread">The thread on which timers are called.</param>
public sealed class VirtualTime(VirtualThread thread) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => thread.World.Now.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Beginning + thread.World.Now;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(thread, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(VirtualThread thread, TimerCallback callback, object? state) : ITimer
    {
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int version = ++_version;
            if (dueTime != Timeout.InfiniteTimeSpan)
                thread.World.After(dueTime, thread, () => Fire(version, period), () => version == _version);
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int version, TimeSpan period)
        {
            // Between being due and having its turn it may have been changed.
            if (version != _version)
                return;
            if (period > TimeSpan.Zero)
                Change(period, period);
            callback(state);
        }
    }
}
