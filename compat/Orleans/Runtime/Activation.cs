using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Orleans.Runtime;

/// <summary>One life of one grain in one silo: its mailbox, its turns, its beginning and its end.</summary>
internal sealed class Activation : IGrainContext
{
    private readonly Lock gate = new();
    private readonly List<WorkItem> mailbox = [];
    private readonly HashSet<GrainTimer> timers = [];
    private readonly TaskCompletionSource deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ActivationTaskScheduler scheduler;
    private readonly AsyncServiceScope scope;
    private readonly bool reentrant;
    private State state = State.Creating;
    private WorkItem? blocking;
    private int running;
    private DeactivationReason? endReason;
    private CancellationToken endToken;
    private long lastUsed = Environment.TickCount64;
    private long keptUntil = long.MinValue;

    public Activation(Silo silo, GrainId id)
    {
        Silo = silo;
        Id = id;
        scheduler = new ActivationTaskScheduler(this);
        scope = silo.Services.CreateAsyncScope();
        reentrant = id.GrainClass.IsDefined(typeof(ReentrantAttribute), inherit: true);
    }

    private enum State
    {
        Creating,
        Active,
        Ending,
        Finishing,
        Dead,
    }

    /// <summary>The activation whose turn this is; null outside grains.</summary>
    public static Activation? Current => (TaskScheduler.Current as ActivationTaskScheduler)?.Activation;

    public Silo Silo { get; }

    public GrainId Id { get; }

    public IServiceProvider Services => scope.ServiceProvider;

    public ILogger Logger => Silo.Logger;

    public object? GrainInstance { get; private set; }

    public Task Deactivated => deactivated.Task;

    /// <summary>Constructs and activates the grain; requests wait until that is done.</summary>
    public void Start() => StartTurn(ActivateAsync);

    /// <summary>Takes a work item; false if this activation has ended.</summary>
    public bool Post(WorkItem item)
    {
        lock (gate)
        {
            if (state == State.Dead)
                return false;
            mailbox.Add(item);
            Pump();
            return true;
        }
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            if (endReason is not null)
                return;
            (endReason, endToken) = (deactivationReason, cancellationToken);
            if (state == State.Active)
                state = State.Ending;
            Pump();
        }
    }

    public void DeactivateIfIdle(TimeSpan age)
    {
        lock (gate)
        {
            var now = Environment.TickCount64;
            if (state == State.Active && running == 0 && mailbox.Count == 0 && now >= keptUntil && now - lastUsed >= age.TotalMilliseconds)
                Deactivate(new(DeactivationReasonCode.ActivationIdle, $"Not used for {age}."));
        }
    }

    public void DelayDeactivation(TimeSpan duration)
    {
        lock (gate)
            keptUntil = duration == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)duration.TotalMilliseconds;
    }

    public GrainTimer StartTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (Current != this)
            throw new InvalidOperationException($"A timer of {Id} can only be registered in a turn of that grain.");
        var timer = new GrainTimer(this, callback, options);
        lock (gate)
            timers.Add(timer);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        lock (gate)
            timers.Remove(timer);
    }

    public void StopTimers()
    {
        GrainTimer[] stopped;
        lock (gate)
            stopped = [.. timers];
        foreach (var timer in stopped)
            timer.Dispose();
    }

    public override string ToString() => $"{Id} on {Silo}";

    private void StartTurn(Func<Task> turn)
    {
        using (FlowControl.Suppress())
            _ = Task.Factory.StartNew(turn, CancellationToken.None, TaskCreationOptions.None, scheduler);
    }

    private void Pump()
    {
        if (state == State.Ending && running == 0)
        {
            state = State.Finishing;
            StartTurn(DeactivateAsync);
        }
        if (state != State.Active)
            return;
        for (var i = 0; i < mailbox.Count;)
        {
            var item = mailbox[i];
            var interleaves = reentrant || item.Interleaves;
            if (!item.IsExpired && !interleaves && blocking is not null)
            {
                i++;
                continue;
            }
            mailbox.RemoveAt(i);
            if (item.IsExpired)
                continue;
            if (!interleaves)
                blocking = item;
            running++;
            StartTurn(() => RunAsync(item));
        }
    }

    private async Task RunAsync(WorkItem item)
    {
        MarkUsed(item);
        await item.RunAsync(this);
        MarkUsed(item);
        lock (gate)
        {
            running--;
            if (blocking == item)
                blocking = null;
            Pump();
        }
    }

    private void MarkUsed(WorkItem item)
    {
        if (item.KeepsAlive)
            Volatile.Write(ref lastUsed, Environment.TickCount64);
    }

    private async Task ActivateAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Silo.Collection.ActivationTimeout);
            GrainInstance = ActivatorUtilities.CreateInstance(Services, Id.GrainClass);
            await ((IGrainBase)GrainInstance).OnActivateAsync(limit.Token);
        }
        catch (Exception exception)
        {
            Logger.LogError(exception, "{Grain} failed to activate.", this);
            await EndAsync(request => request.Fail(exception));
            return;
        }
        lock (gate)
        {
            state = endReason is null ? State.Active : State.Ending;
            Pump();
        }
    }

    private async Task DeactivateAsync()
    {
        StopTimers();
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(endToken);
            limit.CancelAfter(Silo.Collection.DeactivationTimeout);
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(endReason!.Value, limit.Token);
        }
        catch (Exception exception)
        {
            Logger.LogWarning(exception, "{Grain} failed to deactivate.", this);
        }
        await EndAsync(Silo.Forward);
    }

    private async Task EndAsync(Action<Request> leftOver)
    {
        // First out of the silo, so that nobody who is turned away here finds this activation again.
        Silo.Forget(this);
        Request[] waiting;
        lock (gate)
        {
            state = State.Dead;
            waiting = [.. mailbox.OfType<Request>().Where(request => !request.IsExpired)];
            mailbox.Clear();
        }
        StopTimers();
        foreach (var request in waiting)
            leftOver(request);
        try
        {
            if (GrainInstance is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else
                (GrainInstance as IDisposable)?.Dispose();
            await scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            Logger.LogWarning(exception, "{Grain} failed to dispose of itself.", this);
        }
        deactivated.TrySetResult();
    }
}
