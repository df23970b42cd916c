using Orleans.Concurrency;

namespace MnistDistributed.Compat.Tests.Grains;

[Reentrant]
public sealed class ReentrantGrain : ProbeGrain, IReentrantGrain;
