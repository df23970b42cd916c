using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>Where network policies are, they let through what the programs need, and nothing else.</summary>
public static class NetworkRules
{
    private const string Anywhere = "anywhere";
    private static readonly string[] ApiPorts = ["443", "6443", "8443"];

    /// <summary>Who may reach which port: names of pods by <c>name/port</c>.</summary>
    private static readonly Dictionary<string, string[]> Wanted = new(StringComparer.Ordinal)
    {
        ["silo/silo"] = ["silo"],
        ["silo/gateway"] = ["train"],
        ["silo/http"] = ["prometheus"],
        ["coordinator/http"] = ["prometheus"],
        ["train/http"] = ["prometheus"],
        ["redis/redis"] = ["silo", "train"],
        ["prometheus/http"] = ["grafana"],
        ["grafana/http"] = [],
    };

    /// <summary>Every pod is closed in both directions, and opened for those who should reach it.</summary>
    public static IEnumerable<string> Ports_are_open_to_those_who_should_reach_them(Manifests manifests)
    {
        if (!IsClosed(manifests))
            yield break;
        foreach (var pod in manifests.Pods)
        {
            foreach (string direction in (string[])["Ingress", "Egress"])
            {
                if (!Policies(manifests, pod, direction).Any())
                    yield return $"No NetworkPolicy covers the {direction} of {pod.Where}.";
            }

            foreach (var (_, port) in pod.Ports)
            {
                string[] wanted = Wanted[$"{pod.Owner.Metadata.Name}/{port.Name}"];
                string[] open = [.. Sources(manifests, pod, port).Distinct().Order(StringComparer.Ordinal)];
                if (!open.SequenceEqual(wanted))
                    yield return $"{pod.Where}: {port.Name} is open to {Names(open)}, and should be to {Names(wanted)}.";
                foreach (var source in manifests.Pods.Where(source => wanted.Contains(source.Owner.Metadata.Name)))
                {
                    if (!Reaches(manifests, source, pod, port))
                        yield return $"{source.Where} may not go to {port.Name} of {pod.Where}.";
                }
            }
        }
    }

    /// <summary>Who fetches data, resolves names or asks the API may go there, and nobody goes elsewhere.</summary>
    public static IEnumerable<string> Ways_out_are_those_that_are_needed(Manifests manifests)
    {
        if (!IsClosed(manifests))
            yield break;
        foreach (var pod in manifests.Pods)
        {
            var open = (from policy in Policies(manifests, pod, "Egress")
                        from rule in policy.Spec.Egress ?? []
                        where rule.To is null
                        from port in rule.Ports
                        select port.Port.Value).ToHashSet();
            var needed = new HashSet<string>();
            if (pod.Component is "silo" || pod.Owner.Metadata.Name is "train" or "grafana")
                needed.Add("53");
            if (pod.Containers.Any(container => container.Args is ["data"]))
                needed.Add("443");
            if (pod.Spec.ServiceAccountName is not null)
                needed.UnionWith(ApiPorts);
            if (manifests.Find<V1NetworkPolicy>("external-redis") is { } external && pod.IsSelected(external.Spec.PodSelector))
                needed.UnionWith(["6379", "6380"]);
            if (!open.SetEquals(needed))
                yield return $"{pod.Where} may go anywhere on {Names([.. open])}, and needs {Names([.. needed])}.";
        }
    }

    private static bool IsClosed(Manifests manifests) => manifests.Of<V1NetworkPolicy>().Any(policy =>
        policy.Spec.PodSelector is { MatchLabels: null or { Count: 0 }, MatchExpressions: null or { Count: 0 } });

    private static IEnumerable<V1NetworkPolicy> Policies(Manifests manifests, PodSource pod, string direction) =>
        manifests.Of<V1NetworkPolicy>()
            .Where(policy => policy.Spec.PolicyTypes.Contains(direction) && pod.IsSelected(policy.Spec.PodSelector));

    private static IEnumerable<string> Sources(Manifests manifests, PodSource pod, V1ContainerPort port) =>
        from policy in Policies(manifests, pod, "Ingress")
        from rule in policy.Spec.Ingress ?? []
        where IsOf(rule.Ports, port)
        from source in rule.FromProperty is null ? [Anywhere] : rule.FromProperty.SelectMany(peer => Selected(manifests, peer))
        select source;

    private static bool Reaches(Manifests manifests, PodSource source, PodSource pod, V1ContainerPort port) =>
        Policies(manifests, source, "Egress").SelectMany(policy => policy.Spec.Egress ?? [])
            .Any(rule => IsOf(rule.Ports, port) && (rule.To is null || rule.To.Any(peer => pod.IsSelected(peer.PodSelector))));

    // Prometheus may be in any namespace, and need not be among the manifests.
    private static IEnumerable<string> Selected(Manifests manifests, V1NetworkPolicyPeer peer) =>
        peer.NamespaceSelector is not null ? [peer.PodSelector?.MatchLabels?["app.kubernetes.io/name"] ?? Anywhere]
            : manifests.Pods.Where(pod => pod.IsSelected(peer.PodSelector)).Select(pod => pod.Owner.Metadata.Name);

    private static bool IsOf(IList<V1NetworkPolicyPort>? ports, V1ContainerPort port) =>
        ports is null || ports.Any(open => open.Port.Value == port.Name || open.Port.Value == $"{port.ContainerPort}");

    private static string Names(string[] names) =>
        names.Length == 0 ? "nobody" : string.Join(", ", names.Order(StringComparer.Ordinal));
}
