namespace MnistDistributed.Silo.Tests;

/// <summary>A theory about a cluster of silo processes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterTheoryAttribute : TheoryAttribute
{
    public ClusterTheoryAttribute() => Skip = Needs.Signals;
}
