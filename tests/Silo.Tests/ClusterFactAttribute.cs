namespace MnistDistributed.Silo.Tests;

/// <summary>A fact about a cluster of silo processes.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClusterFactAttribute : FactAttribute
{
    public ClusterFactAttribute() => Skip = Needs.Signals;
}
