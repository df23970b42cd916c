using System.Text;
using k8s;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>Rendered objects.</summary>
public sealed class Manifests
{
    private static readonly Dictionary<string, Type> OperatorKinds = new(StringComparer.Ordinal)
    {
        ["cert-manager.io/v1/Certificate"] = typeof(Certificate),
        ["cert-manager.io/v1/Issuer"] = typeof(Issuer),
        ["monitoring.coreos.com/v1/PodMonitor"] = typeof(PodMonitor),
    };

    /// <summary>Loads them as strictly as can be: no unknown field, no wrong type, no key twice.</summary>
    public Manifests(string text)
    {
        Text = text;
        Objects = [.. KubernetesYaml.LoadAllFromString(text, OperatorKinds, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()];
        Pods = [
            .. Of<V1StatefulSet>().Select(set => new PodSource(
                set, set.Spec.Template, [.. (set.Spec.VolumeClaimTemplates ?? []).Select(claim => claim.Metadata.Name)])),
            .. Of<V1Deployment>().Select(deployment => new PodSource(deployment, deployment.Spec.Template, [])),
            .. Of<V1CronJob>().Select(job => new PodSource(job, job.Spec.JobTemplate.Spec.Template, []))];
    }

    /// <summary>The text that they were loaded from.</summary>
    public string Text { get; }

    /// <summary>All of them.</summary>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Whatever makes pods.</summary>
    public IReadOnlyList<PodSource> Pods { get; }

    /// <summary>The objects of a kind.</summary>
    public IEnumerable<T> Of<T>() => Objects.OfType<T>();

    /// <summary>The object of a kind with a name; null if there is none.</summary>
    public T? Find<T>(string name)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        Of<T>().FirstOrDefault(found => found.Metadata.Name == name);

    /// <summary>The pods of a part of the whole.</summary>
    public IEnumerable<PodSource> PodsOf(string component) => Pods.Where(pod => pod.Component == component);

    /// <summary>
    /// What a container finds in its environment, as the manifests say; null for what a Secret holds that is not among them.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Environment(PodSource pod, V1Container container)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var source in container.EnvFrom ?? [])
        {
            foreach (var (name, value) in Find<V1ConfigMap>(source.ConfigMapRef?.Name ?? "")?.Data ?? new Dictionary<string, string>())
                variables[name] = value;
        }

        foreach (var variable in container.Env ?? [])
            variables[variable.Name] = variable.Value ?? Resolve(pod, variable.ValueFrom);
        return variables;
    }

    /// <summary>What a Secret that is among the manifests holds.</summary>
    public string? SecretValue(string secret, string key) =>
        Find<V1Secret>(secret)?.Data is { } data && data.TryGetValue(key, out byte[]? value) ? Encoding.UTF8.GetString(value) : null;

    private string? Resolve(PodSource pod, V1EnvVarSource? source)
    {
        const string label = "metadata.labels['";
        if (source?.FieldRef?.FieldPath is { } path && path.StartsWith(label, StringComparison.Ordinal))
            return pod.Labels.TryGetValue(path[label.Length..^2], out string? value) ? value : null;
        if (source?.ConfigMapKeyRef is { } entry)
            return Find<V1ConfigMap>(entry.Name)?.Data is { } data && data.TryGetValue(entry.Key, out string? value) ? value : null;
        return source?.SecretKeyRef is { } secret ? SecretValue(secret.Name, secret.Key) : null;
    }
}
