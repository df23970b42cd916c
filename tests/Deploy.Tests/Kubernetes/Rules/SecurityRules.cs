using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>The pod security standard <c>restricted</c>, and a root that cannot be written.</summary>
public static class SecurityRules
{
    /// <summary>The namespace asks for it.</summary>
    public static IEnumerable<string> The_namespace_is_restricted(Manifests manifests) =>
        from space in manifests.Of<V1Namespace>()
        from mode in new[] { "enforce", "warn", "audit" }
        let label = $"pod-security.kubernetes.io/{mode}"
        where space.Metadata.Labels?.TryGetValue(label, out string? level) != true || level != "restricted"
        select $"Namespace {space.Metadata.Name}: {label} is not restricted.";

    /// <summary>The pods keep to it.</summary>
    public static IEnumerable<string> Pods_are_restricted(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            var spec = pod.Spec;
            if (spec.HostNetwork == true || spec.HostPID == true || spec.HostIPC == true
                || spec.Volumes.Any(volume => volume.HostPath is not null))
                yield return $"{pod.Where} has something of its node.";
            if (spec.SecurityContext?.RunAsNonRoot != true || spec.SecurityContext.RunAsUser is null or 0)
                yield return $"{pod.Where} may run as root, or does not say as whom.";
            if (spec.SecurityContext?.FsGroup is null)
                yield return $"{pod.Where}: volumes belong to nobody of the pod without fsGroup.";
            if (spec.SecurityContext?.SeccompProfile?.Type != "RuntimeDefault")
                yield return $"{pod.Where}: the seccompProfile is not RuntimeDefault.";
            foreach (var container in pod.Containers)
            {
                var context = container.SecurityContext;
                string where = $"{pod.Where}, container {container.Name},";
                if (context?.AllowPrivilegeEscalation != false)
                    yield return $"{where} may get more privileges.";
                if (context?.Capabilities?.Drop is not ["ALL"] || context.Capabilities.Add is { Count: > 0 })
                    yield return $"{where} keeps capabilities.";
                if (context?.Privileged == true)
                    yield return $"{where} is privileged.";
                if (context?.ReadOnlyRootFilesystem != true)
                    yield return $"{where} may write its root.";
                if (OurPrograms.ImageOf(container) is not null && !IsScratch(pod, container))
                    yield return $"{where} has no /tmp to write.";
            }
        }
    }

    private static bool IsScratch(PodSource pod, V1Container container) => (container.VolumeMounts ?? []).Any(mount =>
        mount.MountPath == "/tmp" && mount.ReadOnlyProperty != true
        && (pod.Spec.Volumes ?? []).Any(volume => volume.Name == mount.Name && volume.EmptyDir is not null));
}
