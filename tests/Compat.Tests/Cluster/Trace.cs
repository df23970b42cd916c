using System.Collections.Concurrent;

namespace MnistDistributed.Compat.Tests.Cluster;

/// <summary>What test and grain see of each other besides messages: they share a process. Keyed by the grain's name.</summary>
public sealed class Trace
{
    private static readonly ConcurrentDictionary<string, Trace> Traces = new();
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> seen = new();
    private readonly ConcurrentQueue<string> log = new();

    /// <summary>The last object that the grain received or made.</summary>
    public object? Held { get; set; }

    public IReadOnlyCollection<string> Log => log;

    /// <summary>Opened by the test or by another call.</summary>
    public Task Gate => gate.Task;

    public static Trace Of(string key) => Traces.GetOrAdd(key, _ => new());

    public void Open() => gate.TrySetResult();

    public void Add(string line)
    {
        log.Enqueue(line);
        Signal(line).TrySetResult();
    }

    /// <summary>Done once a line has been added.</summary>
    public Task Seen(string line) => Signal(line).Task.WaitAsync(TimeSpan.FromSeconds(60));

    private TaskCompletionSource Signal(string line) =>
        seen.GetOrAdd(line, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
}
