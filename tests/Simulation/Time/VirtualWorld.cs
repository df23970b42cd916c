namespace MnistDistributed.Simulation.Time;

/// <summary>
/// A world of asynchronous programs on one thread and on virtual time. What is ready runs in the order in which it became ready; when
/// nothing
/// is, time jumps to the next timer. So hours of waiting take no time, and the same programs always do the same.
/// </summary>
public sealed class VirtualWorld
{
    private readonly SimulationLimits _limits;
    private readonly Queue<(VirtualThread Thread, Task Task)> _ready = [];
    private readonly PriorityQueue<Due, (long Time, long Order)> _timers = new();
    private long _made;
    private long _events;
    private int _thread;
    private SimulationException? _failure;

    private readonly record struct Due(VirtualThread Thread, Action Action, Func<bool> IsDue);

    /// <summary>A world in which nothing has happened yet.</summary>
    /// <param name="limits">When it is given up; the defaults if null.</param>
    public VirtualWorld(SimulationLimits? limits = null)
    {
        _limits = limits ?? new SimulationLimits();
        Own = new VirtualThread(this, "world");
    }

    /// <summary>The time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>The thread of the world itself, which never ends: the network, and the hand that does harm.</summary>
    public VirtualThread Own { get; }

    /// <summary>Starts a program on the world's own thread, and runs the world until the program has ended.</summary>
    /// <param name="program">The program.</param>
    /// <exception cref="SimulationException">Nothing is ready and no timer runs, a limit is reached, or something left the
    /// thread.</exception>
    public T Run<T>(Func<Task<T>> program)
    {
        var context = SynchronizationContext.Current;
        // It would catch what is awaited before the scheduler does.
        SynchronizationContext.SetSynchronizationContext(null);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            var running = Own.Start(program);
            while (!running.IsCompleted)
                RunNext();
            if (_failure is not null)
                throw _failure;
            return running.GetAwaiter().GetResult();
        }
        finally
        {
            _thread = 0;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Does something later, on a thread: never if that has ended, and not before it goes on if it is frozen.</summary>
    /// <param name="delay">How much later.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="action">What.</param>
    public void After(TimeSpan delay, VirtualThread thread, Action action) => After(delay, thread, action, () => true);

    /// <inheritdoc cref="After(TimeSpan, VirtualThread, Action)"/>
    /// <param name="delay">How much later.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="action">What.</param>
    /// <param name="isDue">Whether it is still wanted then. What is not does not move the time.</param>
    internal void After(TimeSpan delay, VirtualThread thread, Action action, Func<bool> isDue)
    {
        CheckThread("A timer was set");
        _timers.Enqueue(new Due(thread, action, isDue), ((Now + delay).Ticks, _made++));
    }

    /// <summary>A task is ready.</summary>
    internal void Ready(VirtualThread thread, Task task)
    {
        CheckThread("A task became ready");
        _ready.Enqueue((thread, task));
    }

    /// <summary>Something went wrong that no program can know of.</summary>
    internal void Fail(SimulationException failure) => _failure ??= failure;

    private void RunNext()
    {
        if (_failure is not null)
            throw _failure;
        if (++_events > _limits.Events)
            throw new SimulationException($"After {_limits.Events} events and {Now} of virtual time the program has not ended.");
        if (_ready.TryDequeue(out var next))
            next.Thread.Run(next.Task);
        else
            Advance();
    }

    private void Advance()
    {
        while (_timers.TryDequeue(out var due, out var when))
        {
            if (due.Thread.IsDead || !due.IsDue())
                continue;
            Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, when.Time));
            if (Now > _limits.Time)
                throw new SimulationException($"After {_limits.Time} of virtual time the program has not ended.");
            due.Thread.Do(due.Action);
            return;
        }

        throw new SimulationException(
            $"At {Now} nothing is ready and no timer runs: the program waits for something that will never happen.");
    }

    private void CheckThread(string what)
    {
        if (_thread == 0 || Environment.CurrentManagedThreadId == _thread)
            return;
        Fail(new SimulationException($"{what} on another thread than the simulation's:\n{Environment.StackTrace}"));
    }
}
