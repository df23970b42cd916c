namespace MnistDistributed.Coordinator.Steering;

/// <summary>What people want of a run in progress. Set from any thread; the run loop looks several times a second.</summary>
public sealed class RunControl
{
    private volatile bool _isPaused;
    private volatile bool _isStopping;

    /// <summary>Whether the run is to rest until it is told to go on.</summary>
    public bool IsPaused => _isPaused;

    /// <summary>Whether the run is to end in order: with a checkpoint, an evaluation and a report of what there is.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Whether no further step is to begin, be it for a while or for good.</summary>
    public bool IsToBeHeld => _isPaused || _isStopping;

    /// <summary>After the step in progress no other begins.</summary>
    public void Pause() => _isPaused = true;

    /// <summary>The run goes on after a pause.</summary>
    public void Resume() => _isPaused = false;

    /// <summary>The run ends in order; it cannot be called back.</summary>
    public void Stop() => _isStopping = true;
}
