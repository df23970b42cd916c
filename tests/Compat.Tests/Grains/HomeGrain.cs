using MnistDistributed.Compat.Tests.Cluster;
using Orleans.Placement;

namespace MnistDistributed.Compat.Tests.Grains;

[PreferLocalPlacement]
public sealed class HomeGrain(ILocalSiloDetails silo) : Grain, IHomeGrain
{
    public Task<string> SiloAsync() => Task.FromResult(silo.Name);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Trace.Of(this.GetPrimaryKeyString()).Add($"{silo.Name}: {reason.ReasonCode}");
        return Task.CompletedTask;
    }
}
