namespace MnistDistributed.Compat.Tests.Grains;

public interface IAmbientGrain : IGrainWithStringKey
{
    Task<string> AmbientAsync();
}
