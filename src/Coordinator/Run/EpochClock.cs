using System.Diagnostics;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Run;

/// <summary>Times a run as the coordinator sees it: the training part of each epoch, the speed of late, the age of the checkpoint.</summary>
public sealed class EpochClock
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private readonly Queue<(long Time, int Step)> _seen = [];
    private long _began = Stopwatch.GetTimestamp();
    private long? _ended;
    private double _before;
    private long _checkpoint = Stopwatch.GetTimestamp();

    /// <summary>Seconds that the current epoch has been training, without its evaluation.</summary>
    public double EpochSeconds => _before + Stopwatch.GetElapsedTime(_began, _ended ?? Stopwatch.GetTimestamp()).TotalSeconds;

    /// <summary>Time since the last checkpoint.</summary>
    public TimeSpan SinceCheckpoint => Stopwatch.GetElapsedTime(_checkpoint);

    /// <summary>Speed over the last seconds; 0 while unknown.</summary>
    public double StepsPerSecond { get; private set; }

    /// <summary>An epoch begins, or goes on after so many seconds of training.</summary>
    public void Begin(double seconds)
    {
        _before = seconds;
        _began = Stopwatch.GetTimestamp();
        _ended = null;
        _seen.Clear();
    }

    /// <summary>The run was seen in a phase, after so many steps.</summary>
    public void Saw(RunPhase phase, int step)
    {
        long now = Stopwatch.GetTimestamp();
        if (phase != RunPhase.Training)
        {
            _ended ??= now;
            return;
        }

        _seen.Enqueue((now, step));
        while (_seen.Count > 2 && Stopwatch.GetElapsedTime(_seen.Peek().Time, now) > Window)
            _seen.Dequeue();
        var (time, first) = _seen.Peek();
        if (step > first)
            StepsPerSecond = (step - first) / Stopwatch.GetElapsedTime(time, now).TotalSeconds;
    }

    /// <summary>A checkpoint was written.</summary>
    public void TookCheckpoint() => _checkpoint = Stopwatch.GetTimestamp();
}
