using System.Text.RegularExpressions;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>What is named is there.</summary>
public static partial class ReferenceRules
{
    private static readonly string[] CertificateKeys = ["tls.crt", "tls.key", "ca.crt"];

    /// <summary>Each mount is of a volume, and each volume is mounted.</summary>
    public static IEnumerable<string> Mounts_and_volumes_are_for_each_other(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            var volumes = (pod.Spec.Volumes ?? []).Select(volume => volume.Name).Concat(pod.Claims).ToHashSet(StringComparer.Ordinal);
            var mounted = pod.Containers.SelectMany(container => container.VolumeMounts ?? []).Select(mount => mount.Name)
                .ToHashSet(StringComparer.Ordinal);
            foreach (string name in mounted.Except(volumes))
                yield return $"{pod.Where} mounts {name}, and there is no such volume.";
            foreach (string name in volumes.Except(mounted))
                yield return $"{pod.Where} has the volume {name}, which nothing mounts.";
            foreach (var container in pod.Containers)
            {
                foreach (var path in (container.VolumeMounts ?? []).GroupBy(mount => mount.MountPath).Where(path => path.Count() > 1))
                    yield return $"{pod.Where}, container {container.Name}, mounts {path.Key} twice.";
            }
        }
    }

    /// <summary>Claims, ConfigMaps, Secrets and their keys are there, and none is for nothing.</summary>
    public static IEnumerable<string> What_pods_name_is_there(Manifests manifests)
    {
        var named = manifests.Pods.SelectMany(pod => References(pod).Select(reference => (pod.Where, Reference: reference))).ToList();
        foreach (var (where, reference) in named)
        {
            if (Keys(manifests, reference.Kind, reference.Name) is not { } keys)
                yield return $"{where}: there is no {reference.Kind} {reference.Name}.";
            else if (reference.Key is { } key && !reference.IsOptional && !keys.Contains(key))
                yield return $"{where}: the {reference.Kind} {reference.Name} has no {key}.";
        }

        var used = named.Select(found => (found.Reference.Kind, found.Reference.Name)).ToHashSet();
        foreach (var found in manifests.Objects.Where(found => found is V1ConfigMap or V1Secret or V1PersistentVolumeClaim))
        {
            // A dashboard is for whoever looks for its label.
            if (!used.Contains((found.Kind, found.Metadata.Name)) && found.Metadata.Labels?.ContainsKey("grafana_dashboard") != true)
                yield return $"Nothing names the {found.Kind} {found.Metadata.Name}.";
        }
    }

    /// <summary>A file that a program is given lies in a volume, and the ConfigMap or Secret there has it.</summary>
    public static IEnumerable<string> Files_that_programs_are_given_are_there(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Containers)
            {
                var paths = (container.Command ?? []).Concat(container.Args ?? []).Select(argument => argument.Split('=')[^1])
                    .Concat(manifests.Environment(pod, container).Values.OfType<string>())
                    .Concat(RedisFiles(manifests, pod))
                    .Where(path => path.StartsWith('/') && Path.HasExtension(path) && !path.EndsWith(".sock", StringComparison.Ordinal));
                foreach (string path in paths)
                {
                    if (!HasFile(manifests, pod, container, path))
                        yield return $"{pod.Where}, container {container.Name}: there is no {path} in what it mounts.";
                }
            }
        }
    }

    /// <summary>Who asks the API is somebody, and who does not cannot.</summary>
    public static IEnumerable<string> Service_accounts_are_there(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            if (pod.Spec.ServiceAccountName is { } name ? manifests.Find<V1ServiceAccount>(name) is null : false)
                yield return $"{pod.Where}: there is no ServiceAccount {name}.";
            if (pod.Spec.ServiceAccountName is null && pod.Spec.AutomountServiceAccountToken != false)
                yield return $"{pod.Where} gets a token of the default ServiceAccount: automountServiceAccountToken should be false.";
        }

        foreach (var account in manifests.Of<V1ServiceAccount>())
        {
            if (!manifests.Pods.Any(pod => pod.Spec.ServiceAccountName == account.Metadata.Name))
                yield return $"No pod has the ServiceAccount {account.Metadata.Name}.";
        }
    }

    private static IEnumerable<Reference> References(PodSource pod) =>
        pod.Containers.SelectMany(container => container.EnvFrom ?? []).SelectMany(source => new[]
        {
            source.ConfigMapRef is { } map ? new Reference("ConfigMap", map.Name, null) : null,
            source.SecretRef is { } secret ? new Reference("Secret", secret.Name, null) : null,
        })
        .Concat(pod.Containers.SelectMany(container => container.Env ?? []).SelectMany(variable => new[]
        {
            variable.ValueFrom?.ConfigMapKeyRef is { } map ? new Reference("ConfigMap", map.Name, map.Key) : null,
            variable.ValueFrom?.SecretKeyRef is { } secret ? new Reference("Secret", secret.Name, secret.Key) : null,
        }))
        .Concat((pod.Spec.Volumes ?? []).SelectMany(References))
        .OfType<Reference>();

    private static IEnumerable<Reference?> References(V1Volume volume) =>
    [
        volume.PersistentVolumeClaim is { } claim ? new Reference("PersistentVolumeClaim", claim.ClaimName, null) : null,
        .. volume.ConfigMap is { } map ? Of("ConfigMap", map.Name, map.Items, map.Optional) : [],
        .. volume.Secret is { } secret ? Of("Secret", secret.SecretName, secret.Items, secret.Optional) : [],
        .. (volume.Projected?.Sources ?? []).Where(source => source.ConfigMap is not null)
            .SelectMany(source => Of("ConfigMap", source.ConfigMap.Name, source.ConfigMap.Items, source.ConfigMap.Optional)),
    ];

    private static IEnumerable<Reference> Of(string kind, string name, IList<V1KeyToPath>? items, bool? isOptional) =>
        items is null ? [new Reference(kind, name, null)]
            : items.Select(item => new Reference(kind, name, item.Key) { IsOptional = isOptional == true });

    /// <summary>The keys of what is named; null where it is not there.</summary>
    private static IEnumerable<string>? Keys(Manifests manifests, string kind, string name) => kind switch
    {
        "ConfigMap" => manifests.Find<V1ConfigMap>(name)?.Data.Keys,
        "Secret" when manifests.Of<Certificate>().Any(certificate => certificate.Spec.SecretName == name) => CertificateKeys,
        "Secret" => manifests.Find<V1Secret>(name)?.Data.Keys as IEnumerable<string> ?? MadeByHand(name),
        _ => manifests.Find<V1PersistentVolumeClaim>(name) is null ? null : [],
    };

    /// <summary>The keys of a Secret that the documentation has people make.</summary>
    private static List<string>? MadeByHand(string name)
    {
        string text = Repository.Read("docs/kubernetes.md").Replace("\\\n", "", StringComparison.Ordinal);
        return CreateSecret().Matches(text).Where(command => command.Groups["name"].Value == name)
            .Select(command => command.Groups["key"].Captures.Select(key => key.Value).ToList()).FirstOrDefault();
    }

    private static bool HasFile(Manifests manifests, PodSource pod, V1Container container, string path)
    {
        var mount = (container.VolumeMounts ?? []).Where(mount => path.StartsWith(mount.MountPath + "/", StringComparison.Ordinal))
            .MaxBy(mount => mount.MountPath.Length);
        var volume = (pod.Spec.Volumes ?? []).FirstOrDefault(volume => volume.Name == mount?.Name);
        return volume is not null && References(volume).OfType<Reference>().Any(reference =>
            Keys(manifests, reference.Kind, reference.Name)?.Contains(path[(mount!.MountPath.Length + 1)..]) == true);
    }

    private static IEnumerable<string> RedisFiles(Manifests manifests, PodSource pod) =>
        pod.Component != "redis" ? [] : (pod.Spec.Volumes ?? []).Select(volume => manifests.Find<V1ConfigMap>(volume.ConfigMap?.Name ?? ""))
            .OfType<V1ConfigMap>().SelectMany(map => map.Data.Values).SelectMany(config => config.Split('\n'))
            .Where(line => line.StartsWith("tls-", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]);

    private sealed record Reference(string Kind, string Name, string? Key)
    {
        public bool IsOptional { get; init; }
    }

    [GeneratedRegex(@"create secret generic (?<name>[\w-]+)(?:\s+--from-(?:literal|file)=(?<key>[\w.]+)=(?:""[^""]*""|\S+))+")]
    private static partial Regex CreateSecret();
}
