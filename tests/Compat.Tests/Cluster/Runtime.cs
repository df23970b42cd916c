namespace MnistDistributed.Compat.Tests.Cluster;

/// <summary>Which runtime this suite was built against.</summary>
public static class Runtime
{
    public static bool IsStandIn { get; } = typeof(IGrain).Assembly.GetName().Name == "MnistDistributed.Compat.Orleans";
}
