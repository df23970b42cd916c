namespace MnistDistributed.Compat.Tests.Cluster;

[CollectionDefinition(nameof(ClusterCollection))]
public sealed class ClusterCollection : ICollectionFixture<TwoSilos>;
