using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// The times of a run as the coordinator sees it: the training part of each epoch, the speed of late, the age of the checkpoint.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class EpochClock(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Time, int Step)> _seen = [];
    private long _began = time.GetTimestamp();
    private long? _ended = time.GetTimestamp();
    private long _seenAt;
    private double _before;
    private long _checkpoint = time.GetTimestamp();

    /// <summary>Seconds that the current epoch has been training, without its evaluation.</summary>
    public double EpochSeconds => _before + time.GetElapsedTime(_began, _ended ?? time.GetTimestamp()).TotalSeconds;

    /// <summary>
    /// Seconds of training that were seen, over all epochs and terms: what was lost with a term and done again counts twice.
    /// </summary>
    public double TotalSeconds { get; private set; }

    /// <summary>Time since the last checkpoint.</summary>
    public TimeSpan SinceCheckpoint => time.GetElapsedTime(_checkpoint);

    /// <summary>Speed over the last seconds; 0 while unknown.</summary>
    public double StepsPerSecond { get; private set; }

    /// <summary>
    /// An epoch begins, or goes on after so many seconds of training. The clock runs from the next look at which the run trains.
    /// </summary>
    public void Begin(double seconds)
    {
        _before = seconds;
        _began = time.GetTimestamp();
        _ended = _began;
        _seen.Clear();
    }

    /// <summary>The run was seen in a phase, after so many steps.</summary>
    public void Observe(RunPhase phase, int step)
    {
        long now = time.GetTimestamp();
        if (_ended is null)
            TotalSeconds += time.GetElapsedTime(_seenAt, now).TotalSeconds;
        _seenAt = now;
        if (phase != RunPhase.Training)
        {
            _ended ??= now;
            return;
        }

        if (_ended is not null)
        {
            Begin(EpochSeconds);
            _ended = null;
        }

        _seen.Enqueue((now, step));
        while (_seen.Count > 2 && time.GetElapsedTime(_seen.Peek().Time, now) > Window)
            _seen.Dequeue();
        var (since, first) = _seen.Peek();
        if (step > first && now > since)
            StepsPerSecond = (step - first) / time.GetElapsedTime(since, now).TotalSeconds;
    }

    /// <summary>A checkpoint was written.</summary>
    public void TookCheckpoint() => _checkpoint = time.GetTimestamp();
}
