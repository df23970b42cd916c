namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>Tests that start silos one after another: between finding a free port and its use another could take it.</summary>
[CollectionDefinition(nameof(FakeSilos))]
public sealed class FakeSilos;
