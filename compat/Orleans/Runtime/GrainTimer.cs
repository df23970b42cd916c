using Microsoft.Extensions.Logging;

namespace Orleans.Runtime;

/// <summary>Puts a tick into the activation's mailbox whenever it is due, never two at a time.</summary>
internal sealed class GrainTimer : WorkItem, IGrainTimer
{
    private readonly Lock gate = new();
    private readonly Activation activation;
    private readonly Func<CancellationToken, Task> callback;
    private readonly GrainTimerCreationOptions options;
    private readonly CancellationTokenSource disposed = new();
    private readonly Timer timer;
    private TimeSpan next;
    private TimeSpan period;
    private bool firing;
    private volatile bool ended;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        this.activation = activation;
        this.callback = callback;
        this.options = options;
        using (FlowControl.Suppress())
            timer = new Timer(static self => ((GrainTimer)self!).Fire(), this, Timeout.Infinite, Timeout.Infinite);
        Change(options.DueTime, options.Period);
    }

    public override bool Interleaves => options.Interleave;

    public override bool KeepsAlive => options.KeepAlive;

    public override bool IsExpired => ended;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            (next, this.period) = (dueTime, period);
            if (!firing && !ended)
                timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public override async Task RunAsync(Activation activation)
    {
        lock (gate)
            next = period;
        try
        {
            await callback(disposed.Token);
        }
        catch (Exception exception)
        {
            activation.Logger.LogWarning(exception, "A timer of {Grain} threw; the exception is ignored.", activation.Id);
        }
        lock (gate)
        {
            firing = false;
            if (!ended)
                timer.Change(next, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (ended)
                return;
            ended = true;
            timer.Dispose();
        }
        disposed.Cancel();
        activation.Forget(this);
    }

    private void Fire()
    {
        lock (gate)
            firing = true;
        activation.Post(this);
    }
}
