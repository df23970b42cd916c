namespace Orleans.Runtime;

/// <summary>A timer of a grain. It ends when it is disposed, at the latest with its activation.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Times the ticks anew; during a tick, from the end of that tick.</summary>
    /// <param name="dueTime">Time to the next tick.</param>
    /// <param name="period">Time between ticks.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}
