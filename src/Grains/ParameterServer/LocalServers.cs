using System.Collections.Concurrent;

namespace MnistDistributed.Grains.ParameterServer;

/// <summary>The runs whose parameter server is open in this silo, and whether the silo is about to go.</summary>
public sealed class LocalServers
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);
    private volatile bool _isLeaving;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the silo is about to go: parameter servers hand over, and none opens any more.</summary>
    public bool IsLeaving => _isLeaving;

    /// <summary>The runs.</summary>
    public IReadOnlyList<string> Runs => [.. _open.Keys];

    /// <summary>Whether the run's parameter server is open here.</summary>
    public bool Has(string run) => _open.ContainsKey(run);

    /// <summary>The silo is about to go.</summary>
    /// <returns>The runs whose parameter server is open here.</returns>
    public IReadOnlyList<string> BeginLeaving()
    {
        _isLeaving = true;
        return Runs;
    }

    /// <summary>A parameter server opened a term.</summary>
    public void Opened(string run, int term) => _open[run] = term;

    /// <summary>A parameter server's term is over, here at least.</summary>
    public void Closed(string run, int term)
    {
        _open.TryRemove(new KeyValuePair<string, int>(run, term));
        if (_isLeaving && _open.IsEmpty)
            _empty.TrySetResult();
    }

    /// <summary>Completes when no parameter server is open here any more.</summary>
    public async Task WaitUntilEmpty()
    {
        if (!_open.IsEmpty)
            await _empty.Task;
    }
}
