namespace MnistDistributed.Compat.Tests.Grains;

public interface IHomeGrain : IGrainWithStringKey
{
    Task<string> SiloAsync();
}
