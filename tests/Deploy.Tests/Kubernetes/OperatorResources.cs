using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>A resource that an operator brings: what we use of it.</summary>
public abstract class OperatorResource<TSpec> : IKubernetesObject<V1ObjectMeta>, ISpec<TSpec>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public TSpec Spec { get; set; } = default!;
}

/// <summary>cert-manager's Certificate.</summary>
public sealed class Certificate : OperatorResource<CertificateSpec>;

/// <summary>cert-manager's Issuer.</summary>
public sealed class Issuer : OperatorResource<IssuerSpec>;

/// <summary>The Prometheus operator's PodMonitor.</summary>
public sealed class PodMonitor : OperatorResource<PodMonitorSpec>;

public sealed class CertificateSpec
{
    [JsonPropertyName("isCA")]
    [YamlDotNet.Serialization.YamlMember(Alias = "isCA", ApplyNamingConventions = false)]
    public bool IsAuthority { get; set; }

    public string? CommonName { get; set; }

    public string SecretName { get; set; } = "";

    public List<string> DnsNames { get; set; } = [];

    public List<string> Usages { get; set; } = [];

    public string? Duration { get; set; }

    public string? RenewBefore { get; set; }

    public CertificateKey? PrivateKey { get; set; }

    public IssuerReference IssuerRef { get; set; } = new();
}

public sealed class CertificateKey
{
    public string? Algorithm { get; set; }

    public int Size { get; set; }

    public string? RotationPolicy { get; set; }
}

public sealed class IssuerReference
{
    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";
}

public sealed class IssuerSpec
{
    public Dictionary<string, string>? SelfSigned { get; set; }

    public IssuerAuthority? Ca { get; set; }
}

public sealed class IssuerAuthority
{
    public string SecretName { get; set; } = "";
}

public sealed class PodMonitorSpec
{
    public V1LabelSelector Selector { get; set; } = new();

    public List<PodMetricsEndpoint> PodMetricsEndpoints { get; set; } = [];
}

public sealed class PodMetricsEndpoint
{
    public string Port { get; set; } = "";

    public string Path { get; set; } = "";

    public string? Interval { get; set; }

    public List<Relabeling> Relabelings { get; set; } = [];
}

public sealed class Relabeling
{
    public List<string>? SourceLabels { get; set; }

    public string? Separator { get; set; }

    public string? TargetLabel { get; set; }

    public string? Replacement { get; set; }
}
