namespace MnistDistributed.Compat.Tests.Grains;

public interface IReentrantGrain : IProbeGrain;
