namespace MnistDistributed.Simulation.Time;

/// <summary>
/// A thread or a process of a <see cref="VirtualWorld"/>: asynchronous code that is started on it stays on it. It can freeze, and later go
/// on as
/// if nothing had been; and it can end in mid-step, at any await, without the code's knowledge, as a process does that is killed.
/// </summary>
public sealed class VirtualThread : TaskScheduler
{
    private readonly VirtualWorld _world;
    private readonly Queue<Task> _held = [];

    /// <summary>A thread that does nothing yet.</summary>
    /// <param name="world">Its world.</param>
    /// <param name="name">Its name, for people.</param>
    public VirtualThread(VirtualWorld world, string name)
    {
        _world = world;
        Name = name;
        Time = new VirtualTime(this);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its clock and its timers: they end and freeze with it.</summary>
    public TimeProvider Time { get; }

    /// <summary>Whether it has ended.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Whether nothing happens on it for now.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>Its world.</summary>
    internal VirtualWorld World => _world;

    /// <summary>Starts a program.</summary>
    public Task<T> Start<T>(Func<Task<T>> program) =>
        Task.Factory.StartNew(program, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <inheritdoc cref="Start{T}(Func{Task{T}})"/>
    public Task Start(Func<Task> program) =>
        Task.Factory.StartNew(program, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Does something as soon as it is its turn.</summary>
    public void Do(Action action) =>
        Task.Factory.StartNew(() => Guarded(action), CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    /// <summary>Nothing happens on it until <see cref="Thaw"/>.</summary>
    public void Freeze() => IsFrozen = true;

    /// <summary>What was held up happens now, in the order in which it was due.</summary>
    public void Thaw()
    {
        IsFrozen = false;
        while (_held.TryDequeue(out var task))
            _world.Ready(this, task);
    }

    /// <summary>It ends where it is: nothing more happens on it.</summary>
    public void Kill()
    {
        IsDead = true;
        _held.Clear();
    }

    /// <summary>Runs a task whose turn it is.</summary>
    internal void Run(Task task)
    {
        if (IsFrozen && !IsDead)
            _held.Enqueue(task);
        else if (!IsDead)
            TryExecuteTask(task);
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        if (!IsDead)
            _world.Ready(this, task);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _held.ToArray();

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _world.Fail(e as SimulationException
                ?? new SimulationException($"Something went wrong on {Name} where nobody waits for it: {e.Message}", e));
        }
    }
}
