using System.Text.RegularExpressions;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>The DNS names that say what the owner of a certificate is. They are looked up nowhere.</summary>
public static partial class TlsNames
{
    /// <summary>A silo's.</summary>
    /// <exception cref="UsageException">The cluster's id cannot be a part of a DNS name.</exception>
    public static string Silo(string clusterId) => $"silo.{Checked(clusterId)}";

    /// <summary>A coordinator's.</summary>
    /// <inheritdoc cref="Silo"/>
    public static string Coordinator(string clusterId) => $"coordinator.{Checked(clusterId)}";

    private static string Checked(string clusterId) => clusterId.Length <= 200 && Id().IsMatch(clusterId) ? clusterId
        : throw new UsageException($"--cluster-id {OneLine.Brief(clusterId)}: with TLS the id is a part of DNS names: letters, digits "
            + "and '-', at most 63 between two dots.");

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z")]
    private static partial Regex Id();
}
