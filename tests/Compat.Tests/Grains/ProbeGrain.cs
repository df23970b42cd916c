using MnistDistributed.Compat.Tests.Cluster;

namespace MnistDistributed.Compat.Tests.Grains;

public abstract class ProbeGrain : Grain, IProbeGrain
{
    private readonly Guid activation = Guid.NewGuid();
    private int inside;
    private int mostInside;
    private int turns;
    private int mostTurns;

    private Trace Trace => Trace.Of(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Trace.Add("activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Trace.Add($"deactivated: {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<string> EchoAsync(string text) => Task.FromResult(text);

    public async Task FailAsync(string message)
    {
        await Task.Yield();
        throw new InvalidOperationException(message);
    }

    public ValueTask NothingAsync() => ValueTask.CompletedTask;

    public async ValueTask<int> DoubleAsync(int number)
    {
        await Task.Yield();
        return 2 * number;
    }

    public Task<string> KeyAsync() => Task.FromResult(this.GetPrimaryKeyString());

    public Task<Guid> ActivationAsync() => Task.FromResult(activation);

    public async Task HoldAsync()
    {
        Trace.Add("held");
        await Trace.Gate;
        Trace.Add("let go");
    }

    public Task OpenAsync()
    {
        Trace.Add("open");
        Trace.Open();
        return Task.CompletedTask;
    }

    public Task OpenInBetweenAsync() => OpenAsync();

    public async Task<int> OverlapAsync()
    {
        mostInside = Math.Max(mostInside, ++inside);
        for (var i = 0; i < 10; i++)
            await Task.Yield();
        inside--;
        return mostInside;
    }

    public async Task<int> TurnsAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            var now = Interlocked.Increment(ref turns);
            mostTurns = Math.Max(mostTurns, now);
            Thread.SpinWait(200);
            Interlocked.Decrement(ref turns);
            await Task.Yield();
        }
        return mostTurns;
    }

    public async Task<bool> ComesBackAsync()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Run(() => Assert.Same(TaskScheduler.Default, TaskScheduler.Current));
        return scheduler != TaskScheduler.Default && scheduler == TaskScheduler.Current;
    }

    public async Task TickInsideAsync(bool interleave)
    {
        this.RegisterGrainTimer(
            () =>
            {
                Trace.Add("tick");
                Trace.Open();
                return Task.CompletedTask;
            },
            new() { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan, Interleave = interleave });
        Trace.Add("inside");
        await Trace.Gate;
        Trace.Add("outside");
    }

    public Task TickAsync(int times)
    {
        var ticks = 0;
        IGrainTimer timer = null!;
        timer = this.RegisterGrainTimer(
            token =>
            {
                Trace.Add($"tick {++ticks}");
                if (ticks == times)
                {
                    timer.Dispose();
                    Trace.Add(token.IsCancellationRequested ? "disposed" : "not disposed");
                }
                return ticks == 1 ? throw new InvalidOperationException("A tick that fails.") : Task.CompletedTask;
            },
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMilliseconds(1));
        return Task.CompletedTask;
    }

    public Task LeaveAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task HoldUntilAsync(CancellationToken cancellationToken)
    {
        Trace.Add("held");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Trace.Add("cancelled");
            throw;
        }
    }
}
