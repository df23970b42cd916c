using System.Reflection;

namespace MnistDistributed.Grains;

/// <summary>Which packages this build was made with.</summary>
public static class Packages
{
    /// <summary>Packages that the feed lacked, and that stand-ins serve.</summary>
    public static IReadOnlyList<string> StandIns { get; } = typeof(Packages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "StandIns").Value!.Split(',', StringSplitOptions.RemoveEmptyEntries);

    /// <summary><c>orleans</c>, or <c>in-process</c> where its stand-in serves.</summary>
    public static string Orchestrator => StandIns.Contains("Microsoft.Orleans") ? "in-process" : "orleans";
}
