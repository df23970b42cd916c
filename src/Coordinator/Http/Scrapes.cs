namespace MnistDistributed.Coordinator.Http;

/// <summary>The scrapes of a run's metrics: whether there are any, and the next one.</summary>
/// <param name="time">The clock.</param>
public sealed class Scrapes(TimeProvider time)
{
    // Longer than the usual time between two.
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(20);

    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new();
    private long? _last;

    /// <summary>A scrape begins.</summary>
    /// <returns>To be called when it has been answered.</returns>
    public Action Begin()
    {
        lock (_lock)
        {
            _last = time.GetTimestamp();
            var next = _next;
            return () => next.TrySetResult();
        }
    }

    /// <summary>Completes when a scrape that begins from now on has been answered; at once where nobody scraped of late.</summary>
    public Task Next()
    {
        lock (_lock)
        {
            if (_last is not { } last || time.GetElapsedTime(last) > Lately)
                return Task.CompletedTask;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _next.Task;
        }
    }
}
