namespace MnistDistributed.Grains.Hosting;

/// <summary>A signal that wakes everybody who waits for something to change. Used from one grain's turns only.</summary>
/// <param name="time">The clock of the waiting.</param>
public sealed class Signal(TimeProvider time)
{
    private readonly List<TaskCompletionSource> _waiters = [];

    /// <summary>Wakes those who wait now.</summary>
    public void Set()
    {
        var waiters = _waiters.ToArray();
        _waiters.Clear();
        foreach (var waiter in waiters)
            waiter.TrySetResult();
    }

    /// <summary>Waits until the next <see cref="Set"/>, but no longer than a limit.</summary>
    /// <param name="atMost">The limit.</param>
    public async Task Wait(TimeSpan atMost)
    {
        // Awaited itself, it goes on under the awaiter's own scheduler; behind
        // WaitAsync or WhenAny it would take the thread pool's turn first.
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters.Add(waiter);
        using var limit = time.CreateTimer(_ => waiter.TrySetResult(), null, atMost, Timeout.InfiniteTimeSpan);
        await waiter.Task;
        _waiters.Remove(waiter);
    }
}
