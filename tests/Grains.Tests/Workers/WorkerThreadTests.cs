using MnistDistributed.Grains.Workers;
namespace MnistDistributed.Grains.Tests.Workers;

public class WorkerThreadTests
{
    [Fact]
    public async Task Work_goes_on_on_its_own_thread_after_each_await_wherever_that_was_completed()
    {
        var elsewhere = new TaskCompletionSource();
        var threads = new List<(string? Name, bool IsPool)>();
        var work = WorkerThread.Run("mine", async () =>
        {
            Note();
            await Task.Yield();
            Note();
            await elsewhere.Task;
            Note();
        });
        await Task.Run(elsewhere.SetResult, TestContext.Current.CancellationToken);
        await work;

        Assert.Equal(Enumerable.Repeat(((string?)"mine", false), 3), threads);

        void Note() => threads.Add((Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));
    }

    [Fact]
    public async Task Work_is_no_part_of_what_started_it()
    {
        var trace = new AsyncLocal<string?> { Value = "of the call" };
        string? seen = "not looked at";
        await WorkerThread.Run("mine", async () =>
        {
            await Task.Yield();
            seen = trace.Value;
        });
        Assert.Null(seen);
        Assert.Equal("of the call", trace.Value);
    }

    [Fact]
    public async Task What_the_work_no_longer_waited_for_may_be_completed_after_it()
    {
        var late = new TaskCompletionSource();
        Task left = null!;
        await WorkerThread.Run("mine", async () =>
        {
            await Task.Yield();
            left = WaitFor(late.Task);
        });
        late.SetResult();
        await left;

        static async Task WaitFor(Task task) => await task;
    }

    [Fact]
    public async Task What_the_work_throws_is_what_its_task_throws() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => WorkerThread.Run("mine", () => throw new InvalidDataException("so")));
}
