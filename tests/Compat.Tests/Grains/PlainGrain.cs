namespace MnistDistributed.Compat.Tests.Grains;

public sealed class PlainGrain : ProbeGrain, IPlainGrain;
