using MnistDistributed.Compat.Tests.Cluster;
using Orleans.Placement;

namespace MnistDistributed.Compat.Tests.InProcess;

[PreferLocalPlacement]
public sealed class ZombieGrain : Grain, IZombieGrain
{
    private readonly Guid activation = Guid.NewGuid();
    private int ticks;

    private Trace Trace => Trace.Of(this.GetPrimaryKeyString());

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
        return Task.CompletedTask;
    }

    public async Task CallAsync(string target) => await GrainFactory.GetGrain<IZombieGrain>(target).OpenAsync();

    public Task TickAsync()
    {
        this.RegisterGrainTimer(
            () =>
            {
                Trace.Add($"tick {++ticks}");
                return Task.CompletedTask;
            },
            TimeSpan.FromMilliseconds(1),
            TimeSpan.FromMilliseconds(1));
        return Task.CompletedTask;
    }

    public async Task DrainAsync()
    {
        for (var i = 0; i < 10; i++)
            await Task.Yield();
    }
}
