using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>What selects pods selects some, and the right ones.</summary>
public static class SelectorRules
{
    /// <summary>What makes pods selects its own, and nobody else's.</summary>
    public static IEnumerable<string> What_makes_pods_selects_its_own(Manifests manifests) =>
        from pod in manifests.Pods
        let selector = pod.Owner switch
        {
            V1StatefulSet set => set.Spec.Selector,
            V1Deployment deployment => deployment.Spec.Selector,
            _ => null,
        }
        where selector is not null
        let selected = manifests.Pods.Where(other => other.IsSelected(selector)).ToList()
        where selected is not [var only] || only != pod
        select $"{pod.Where} selects {Names(selected)}, and should its own pods alone.";

    /// <summary>Services, budgets and policies select pods that there are.</summary>
    public static IEnumerable<string> What_selects_finds_pods(Manifests manifests)
    {
        IEnumerable<(string Where, V1LabelSelector Selector)> selectors =
        [
            .. manifests.Of<V1Service>().Select(service => ($"Service {service.Metadata.Name}", Of(service.Spec.Selector))),
            .. manifests.Of<V1PodDisruptionBudget>().Select(budget => ($"Budget {budget.Metadata.Name}", budget.Spec.Selector)),
            .. manifests.Of<PodMonitor>().Select(monitor => ($"PodMonitor {monitor.Metadata.Name}", monitor.Spec.Selector)),
            .. manifests.Of<V1NetworkPolicy>().SelectMany(Of),
            .. manifests.Pods.SelectMany(Of),
        ];
        return from selector in selectors
               where !manifests.Pods.Any(pod => pod.IsSelected(selector.Selector))
               select $"{selector.Where} selects no pods.";
    }

    /// <summary>Pods are spread among pods of their own kind.</summary>
    public static IEnumerable<string> Pods_are_spread_among_their_own(Manifests manifests) =>
        from pod in manifests.Pods
        from constraint in pod.Spec.TopologySpreadConstraints ?? []
        where !pod.IsSelected(constraint.LabelSelector)
        select $"{pod.Where} is spread over {constraint.TopologyKey} among pods of another kind.";

    /// <summary>Silos are spread, and some of them stay where pods are evicted.</summary>
    public static IEnumerable<string> Silos_are_spread_and_kept(Manifests manifests)
    {
        foreach (var pod in manifests.PodsOf("silo"))
        {
            if (pod.Spec.TopologySpreadConstraints?.Any(constraint => constraint.TopologyKey == "kubernetes.io/hostname") != true)
                yield return $"{pod.Where} is not spread over nodes.";
            var budget = manifests.Of<V1PodDisruptionBudget>().FirstOrDefault(budget => pod.IsSelected(budget.Spec.Selector));
            if (budget?.Spec.MaxUnavailable?.Value != "1")
                yield return $"{pod.Where} has no PodDisruptionBudget that lets one pod go at a time.";
        }
    }

    private static IEnumerable<(string Where, V1LabelSelector Selector)> Of(V1NetworkPolicy policy)
    {
        string where = $"NetworkPolicy {policy.Metadata.Name}";
        var peers = (policy.Spec.Ingress ?? []).SelectMany(rule => rule.FromProperty ?? [])
            .Concat((policy.Spec.Egress ?? []).SelectMany(rule => rule.To ?? []));
        // Who is in another namespace is not among the manifests.
        return [
            (where, policy.Spec.PodSelector),
            .. peers.Where(peer => peer.NamespaceSelector is null).Select(peer => (where, peer.PodSelector))];
    }

    private static IEnumerable<(string Where, V1LabelSelector Selector)> Of(PodSource pod) =>
        (pod.Spec.Affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution ?? [])
            .Select(term => ($"The affinity of {pod.Where}", term.LabelSelector));

    private static V1LabelSelector Of(IDictionary<string, string> labels) => new() { MatchLabels = labels };

    private static string Names(List<PodSource> pods) => pods.Count == 0 ? "no pods" : string.Join(", ", pods.Select(pod => pod.Where));
}
