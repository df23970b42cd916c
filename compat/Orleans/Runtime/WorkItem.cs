namespace Orleans.Runtime;

/// <summary>What waits in an activation's mailbox: a request, or a timer's tick.</summary>
internal abstract class WorkItem
{
    /// <summary>Whether it may start while something else is running.</summary>
    public abstract bool Interleaves { get; }

    /// <summary>Whether it counts as use of the grain.</summary>
    public abstract bool KeepsAlive { get; }

    /// <summary>Whether nobody waits for it any more.</summary>
    public abstract bool IsExpired { get; }

    /// <summary>Runs it, on the activation's scheduler. Never throws.</summary>
    public abstract Task RunAsync(Activation activation);
}
