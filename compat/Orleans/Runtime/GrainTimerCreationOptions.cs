using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>When a grain timer ticks, and how its ticks behave.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>Ticks that neither interleave nor keep the grain alive.</summary>
    /// <param name="dueTime">Time to the first tick.</param>
    /// <param name="period">Time between ticks.</param>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks run between the turns of a running request. Default: false.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether ticks count as use, and so keep the grain from idle collection. Default: false.</summary>
    public bool KeepAlive { get; init; }
}
