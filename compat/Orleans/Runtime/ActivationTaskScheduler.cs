namespace Orleans.Runtime;

/// <summary>Runs an activation's turns one at a time. Code that awaits in a grain comes back here.</summary>
internal sealed class ActivationTaskScheduler(Activation activation) : TaskScheduler, IThreadPoolWorkItem
{
    private readonly Lock gate = new();
    private readonly Queue<Task> turns = new();
    private bool running;

    public Activation Activation => activation;

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(out var turn))
            TryExecuteTask(turn);
    }

    protected override void QueueTask(Task task)
    {
        lock (gate)
        {
            turns.Enqueue(task);
            if (running)
                return;
            running = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // Only within a turn of this very activation is it safe to run something at once.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate)
            return turns.ToArray();
    }

    private bool TryTake(out Task turn)
    {
        lock (gate)
            return running = turns.TryDequeue(out turn!);
    }
}
