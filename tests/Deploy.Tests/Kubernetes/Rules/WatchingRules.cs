using System.Text.RegularExpressions;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>Prometheus finds the pods, in each of its three ways, and Grafana the dashboards.</summary>
public static partial class WatchingRules
{
    /// <summary>Each silo and coordinator is a target of one job of prometheus-kubernetes.yml, by its labels and its port's name.</summary>
    public static IEnumerable<string> The_configuration_finds_pods(Manifests manifests)
    {
        string config = Repository.Read("deploy/prometheus/prometheus-kubernetes.yml");
        string port = KeptPort().Match(config).Groups["name"].Value;
        var jobs = Job().Matches(config).Select(job => (
            Name: job.Groups["name"].Value,
            Labels: job.Groups["labels"].Value.Split(',').Select(label => label.Split('='))
                .ToDictionary(label => label[0], label => label[1])))
            .ToList();
        foreach (var pod in manifests.Pods)
        {
            string[] found = [.. jobs.Where(job => pod.IsSelected(job.Labels)).Select(job => job.Name)];
            string[] wanted = JobOf(pod) is { } name ? [name] : [];
            if (!found.SequenceEqual(wanted))
                yield return $"{pod.Where} is a target of {Names(found)}, and should be of {Names(wanted)}.";
            if (wanted.Length > 0 && !pod.Ports.Any(found => found.Port.Name == port))
                yield return $"{pod.Where} has no port that is called {port}, which Prometheus looks for.";
            if (wanted.Length > 0 && !pod.Labels.ContainsKey("app.kubernetes.io/instance"))
                yield return $"{pod.Where} does not say of which cluster it is: app.kubernetes.io/instance.";
        }
    }

    /// <summary>Annotations say the same, for who goes by them.</summary>
    public static IEnumerable<string> Annotations_say_where_metrics_are(Manifests manifests) =>
        from pod in manifests.Pods
        where JobOf(pod) is not null
        let annotations = pod.Template.Metadata.Annotations ?? new Dictionary<string, string>()
        let http = pod.Ports.Where(found => found.Port.Name == "http").Select(found => $"{found.Port.ContainerPort}").FirstOrDefault()
        from wanted in new[] { ("scrape", "true"), ("port", http), ("path", "/metrics") }
        let name = $"prometheus.io/{wanted.Item1}"
        where !annotations.TryGetValue(name, out string? value) || value != wanted.Item2
        select $"{pod.Where}: the annotation {name} is not {wanted.Item2}.";

    /// <summary>So do PodMonitors.</summary>
    public static IEnumerable<string> Monitors_say_the_same(Manifests manifests)
    {
        var monitors = manifests.Of<PodMonitor>().ToList();
        if (monitors.Count == 0)
            yield break;
        foreach (var pod in manifests.Pods.Where(pod => JobOf(pod) is not null))
        {
            var found = monitors.Where(monitor => pod.IsSelected(monitor.Spec.Selector)).ToList();
            string job = JobOf(pod)!;
            if (found is not [var monitor] || monitor.Spec.PodMetricsEndpoints is not [var endpoint])
                yield return $"{pod.Where} is not a target of one PodMonitor.";
            else if (!pod.Ports.Any(port => port.Port.Name == endpoint.Port) || endpoint.Path != "/metrics")
                yield return $"{pod.Where}: PodMonitor {monitor.Metadata.Name} asks port {endpoint.Port} for {endpoint.Path}.";
            else if (!endpoint.Relabelings.Any(label => label.TargetLabel == "job" && label.Replacement == job)
                || !endpoint.Relabelings.Any(label => label.TargetLabel == "cluster"))
                yield return $"{pod.Where}: PodMonitor {monitor.Metadata.Name} does not give its series the job {job} and the cluster.";
        }
    }

    /// <summary>Each dashboard is a ConfigMap with the label that Grafana's sidecar looks for, and is the file itself.</summary>
    public static IEnumerable<string> Dashboards_are_there(Manifests manifests) =>
        from file in Repository.Files("deploy/grafana/dashboards")
        where file.EndsWith(".json", StringComparison.Ordinal)
        let name = Path.GetFileName(file)
        where !manifests.Of<V1ConfigMap>().Any(map =>
            map.Metadata.Labels.TryGetValue("grafana_dashboard", out string? label) && label == "1"
            && map.Data.TryGetValue(name, out string? content) && content == Repository.Read(file))
        select $"No ConfigMap with the label grafana_dashboard is {file}.";

    // The dashboards and the rules go by these names, and they are those of the images.
    private static string? JobOf(PodSource pod) => pod.Spec.Containers.Select(OurPrograms.ImageOf).FirstOrDefault();

    private static string Names(string[] names) => names.Length == 0 ? "no job" : string.Join(", ", names);

    [GeneratedRegex(@"job_name: (?<name>\S+)\n(?:.*\n)*?\s+label: (?<labels>\S+)")]
    private static partial Regex Job();

    [GeneratedRegex(@"source_labels: \[__meta_kubernetes_pod_container_port_name\]\s+regex: (?<name>\S+)\s+action: keep")]
    private static partial Regex KeptPort();
}
