namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <inheritdoc cref="ClusterFactAttribute"/>
public sealed class ClusterTheoryAttribute : TheoryAttribute
{
    public ClusterTheoryAttribute() => Skip = ClusterFactAttribute.Reason;
}
