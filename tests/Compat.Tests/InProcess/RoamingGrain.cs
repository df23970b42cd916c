namespace MnistDistributed.Compat.Tests.InProcess;

public sealed class RoamingGrain(ILocalSiloDetails silo) : Grain, IRoamingGrain
{
    public Task<string> SiloAsync() => Task.FromResult(silo.Name);
}
