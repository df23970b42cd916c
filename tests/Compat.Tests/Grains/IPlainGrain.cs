namespace MnistDistributed.Compat.Tests.Grains;

public interface IPlainGrain : IProbeGrain;
