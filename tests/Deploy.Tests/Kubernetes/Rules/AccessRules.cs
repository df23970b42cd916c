using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using k8s.Models;
using Orleans.Hosting.Kubernetes;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>Who may ask what of the API: no more than is asked.</summary>
public static class AccessRules
{
    /// <summary>What clients' methods need, by the beginnings of their names.</summary>
    private static readonly (string Method, string Verb)[] Verbs =
        [("Read", "get"), ("List", "list"), ("Watch", "watch"), ("Patch", "patch"), ("Delete", "delete")];

    /// <summary>Roles allow what their programs ask, and bindings give them to whoever asks.</summary>
    public static IEnumerable<string> Roles_allow_what_is_asked_and_no_more(Manifests manifests)
    {
        foreach (var found in manifests.Objects.Where(found => found is V1ClusterRole or V1ClusterRoleBinding))
            yield return $"{found.Kind} {found.Metadata.Name} reaches beyond the namespace.";
        foreach (var pod in manifests.Pods.Where(pod => pod.Spec.ServiceAccountName is not null))
        {
            string[] asked = [.. Asked(pod).Order(StringComparer.Ordinal)];
            string[] allowed = [.. Allowed(manifests, pod.Spec.ServiceAccountName).Order(StringComparer.Ordinal)];
            if (!asked.SequenceEqual(allowed))
                yield return $"{pod.Where} may {string.Join(", ", allowed)}, and needs {string.Join(", ", asked)}.";
        }

        foreach (var binding in manifests.Of<V1RoleBinding>())
        {
            if (manifests.Find<V1Role>(binding.RoleRef.Name) is null || binding.RoleRef.Kind != "Role")
                yield return $"RoleBinding {binding.Metadata.Name}: there is no Role {binding.RoleRef.Name}.";
            foreach (var subject in binding.Subjects.Where(subject => manifests.Find<V1ServiceAccount>(subject.Name) is null))
                yield return $"RoleBinding {binding.Metadata.Name}: there is no ServiceAccount {subject.Name}.";
        }
    }

    private static IEnumerable<string> Asked(PodSource pod) =>
        pod.Component == "silo" ? SiloVerbs(pod).Select(verb => $"{verb} pods")
            // Prometheus' discovery of pods has a reflector, which lists and then watches.
            : ["list pods", "watch pods"];

    /// <summary>What Microsoft.Orleans.Hosting.Kubernetes calls, less what it has no cause for here.</summary>
    private static IEnumerable<string> SiloVerbs(PodSource pod)
    {
        string[] labels = [KubernetesHostingOptions.ClusterIdLabel, KubernetesHostingOptions.ServiceIdLabel];
        bool hasLabels = labels.All(pod.Labels.ContainsKey);
        return Called().Where(verb => verb switch
        {
            "patch" => !hasLabels,
            "delete" => new KubernetesHostingOptions().DeleteDefunctSiloPods,
            _ => true,
        });
    }

    private static HashSet<string> Called()
    {
        using var file = File.OpenRead(typeof(KubernetesHostingOptions).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var methods = metadata.MemberReferences.Select(handle => metadata.GetString(metadata.GetMemberReference(handle).Name));
        return [.. from method in methods
                   where method.Contains("NamespacedPod", StringComparison.Ordinal)
                   from verb in Verbs
                   where method.StartsWith(verb.Method, StringComparison.Ordinal)
                   select verb.Verb];
    }

    private static IEnumerable<string> Allowed(Manifests manifests, string account) =>
        from binding in manifests.Of<V1RoleBinding>()
        where binding.Subjects.Any(subject => subject.Kind == "ServiceAccount" && subject.Name == account
            && subject.NamespaceProperty == binding.Metadata.NamespaceProperty)
        from rule in manifests.Find<V1Role>(binding.RoleRef.Name)?.Rules ?? []
        from resource in rule.Resources
        from verb in rule.Verbs
        select rule.ApiGroups is [""] ? $"{verb} {resource}" : $"{verb} {resource} of {string.Join(", ", rule.ApiGroups)}";
}
