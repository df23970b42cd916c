using k8s;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>What pods are made from.</summary>
/// <param name="Owner">The object with the template.</param>
/// <param name="Template">The template.</param>
/// <param name="Claims">Volumes that each pod gets for itself.</param>
public sealed record PodSource(IKubernetesObject<V1ObjectMeta> Owner, V1PodTemplateSpec Template, IReadOnlyList<string> Claims)
{
    /// <summary>How a message names it.</summary>
    public string Where => $"{Owner.Kind} {Owner.Metadata.Name}";

    /// <summary>The pods' specification.</summary>
    public V1PodSpec Spec => Template.Spec;

    /// <summary>The pods' labels.</summary>
    public IDictionary<string, string> Labels => Template.Metadata.Labels;

    /// <summary>The part of the whole that they are.</summary>
    public string Component => Labels.TryGetValue("app.kubernetes.io/component", out string? component) ? component : "";

    /// <summary>All containers, those that only prepare too.</summary>
    public IEnumerable<V1Container> Containers => [.. Spec.InitContainers ?? [], .. Spec.Containers];

    /// <summary>All ports with their containers.</summary>
    public IEnumerable<(V1Container Container, V1ContainerPort Port)> Ports =>
        from container in Containers from port in container.Ports ?? [] select (container, port);

    /// <summary>Whether a selector selects these pods.</summary>
    public bool IsSelected(V1LabelSelector selector) => IsSelected(selector.MatchLabels ?? new Dictionary<string, string>())
        && (selector.MatchExpressions ?? []).All(expression => expression.OperatorProperty switch
        {
            "In" => Labels.TryGetValue(expression.Key, out string? value) && expression.Values.Contains(value),
            "Exists" => Labels.ContainsKey(expression.Key),
            _ => false,
        });

    /// <summary>Whether labels select these pods.</summary>
    public bool IsSelected(IEnumerable<KeyValuePair<string, string>> labels) =>
        labels.All(label => Labels.TryGetValue(label.Key, out string? value) && value == label.Value);
}
