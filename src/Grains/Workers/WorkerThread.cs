using System.Collections.Concurrent;

namespace MnistDistributed.Grains.Workers;

/// <summary>
/// A worker's own thread, below normal priority where the system has such a thing: what runs
/// on it computes without holding up a grain's turn, and goes on here after each await.
/// </summary>
public sealed class WorkerThread : TaskScheduler
{
    private readonly BlockingCollection<Task> _tasks = [];
    private readonly Thread _thread;

    private WorkerThread(string name) =>
        _thread = new Thread(Work) { Name = name, IsBackground = true, Priority = ThreadPriority.BelowNormal };

    /// <summary>Runs some work on a thread of its own.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="work">The work.</param>
    /// <returns>Completes when the work has.</returns>
    public static Task Run(string name, Func<Task> work)
    {
        var scheduler = new WorkerThread(name);
        Task all;
        // The work outlives the call that starts it, and is no part of its trace.
        using (ExecutionContext.SuppressFlow())
            all = Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();
        all.ContinueWith(
            _ => scheduler._tasks.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, Default);
        scheduler._thread.UnsafeStart();
        return all;
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        try
        {
            _tasks.Add(task);
        }
        catch (InvalidOperationException)
        {
            // The work is done, and somebody still completes what it no longer waits for.
            ThreadPool.UnsafeQueueUserWorkItem(late => TryExecuteTask(late), task, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Thread.CurrentThread == _thread && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => _tasks.ToArray();

    private void Work()
    {
        foreach (var task in _tasks.GetConsumingEnumerable())
            TryExecuteTask(task);
    }
}
