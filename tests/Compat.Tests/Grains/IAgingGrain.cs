namespace MnistDistributed.Compat.Tests.Grains;

/// <summary>A grain that is left alone after its first call.</summary>
public interface IAgingGrain : IGrainWithStringKey
{
    /// <summary>Starts a timer of 50 ms.</summary>
    Task StartAsync(bool keepAlive);
}
