using MnistDistributed.Grains.Liveness;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// Calls of a parameter server that may be dead. A client learns of no silo's death: its call just gets no answer. So where an answer is
/// long in coming, the other silos are asked whether the server's is dead; as long as they do not say so, the answer is waited for.
/// </summary>
/// <param name="grains">The way to those who say whether a silo is dead.</param>
/// <param name="time">The clock.</param>
public sealed class ServerCalls(IGrainFactory grains, TimeProvider time)
{
    // Twice as long as the longest answer that is held on purpose.
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    // Enough for any silo to be one that is asked, and no more grains than that.
    private const int Keys = 16;

    // Calls of one kind that are on their way together: those that are older go through gateways that do not answer.
    private const int MostCalls = 16;

    private int _asked;

    /// <summary>Waits for the answer of a server that may be dead.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="silo">The server's silo.</param>
    /// <param name="otherwise">What a silo would say where the server is not.</param>
    /// <param name="end">Ends the waiting.</param>
    public async Task<T> Answer<T>(Task<T> answer, SiloAddress silo, T otherwise, CancellationToken end)
    {
        var dead = new TaskCompletionSource();
        var first = Task.WhenAny(answer, dead.Task);
        while (!await IsSoon(first, end))
            _ = Ask(silo, dead);
        try
        {
            return await first == answer ? await answer : otherwise;
        }
        catch (Exception e) when (ClusterPatience.IsPassing(e))
        {
            _ = Ask(silo, dead);
            if (!await IsSoon(dead.Task, end))
                throw;
            return otherwise;
        }
    }

    /// <summary>
    /// Makes a call that can be made again: as long as it is not answered, others go out beside it, for the gateway that it went through
    /// may be dead. The first answer counts; it fails when all that went out have.
    /// </summary>
    /// <param name="call">Makes the call.</param>
    /// <param name="end">Ends the waiting.</param>
    public async Task<T> Repeat<T>(Func<Task<T>> call, CancellationToken end)
    {
        List<Task<T>> calls = [call()];
        while (true)
        {
            bool isSoon = await IsSoon(Task.WhenAny(calls), end);
            if (calls.Find(each => each.IsCompletedSuccessfully) is { } answered)
                return await answered;
            if (calls.TrueForAll(each => each.IsCompleted))
                return await calls[^1];
            calls.RemoveAll(each => each.IsCompleted);
            if (!isSoon && calls.Count < MostCalls)
                calls.Add(call());
        }
    }

    private async Task Ask(SiloAddress silo, TaskCompletionSource dead)
    {
        try
        {
            if (await grains.GetGrain<ILivenessGrain>($"{_asked++ % Keys}").IsDead(silo))
                dead.TrySetResult();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // Whoever was asked may be dead itself; the next is asked soon.
        }
    }

    private async Task<bool> IsSoon(Task task, CancellationToken end)
    {
        try
        {
            // WhenAny does not fail as the task may.
            await Task.WhenAny(task).WaitAsync(Period, time, end);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
