namespace MnistDistributed.Compat.Tests.InProcess;

public interface IRoamingGrain : IGrainWithStringKey
{
    Task<string> SiloAsync();
}
