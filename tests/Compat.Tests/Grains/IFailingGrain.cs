namespace MnistDistributed.Compat.Tests.Grains;

/// <summary>A grain whose first activation fails.</summary>
public interface IFailingGrain : IGrainWithStringKey
{
    Task<string> EchoAsync(string text);
}
