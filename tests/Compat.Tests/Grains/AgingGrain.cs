using MnistDistributed.Compat.Tests.Cluster;

namespace MnistDistributed.Compat.Tests.Grains;

public sealed class AgingGrain : Grain, IAgingGrain
{
    private int ticks;

    private Trace Trace => Trace.Of(this.GetPrimaryKeyString());

    public Task StartAsync(bool keepAlive)
    {
        this.RegisterGrainTimer(
            static (self, _) => self.TickAsync(),
            this,
            new() { DueTime = TimeSpan.Zero, Period = TimeSpan.FromMilliseconds(50), KeepAlive = keepAlive });
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Trace.Add($"deactivated: {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    private Task TickAsync()
    {
        Trace.Add($"tick {++ticks}");
        return Task.CompletedTask;
    }
}
