using System.CommandLine;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>What a program is given is what it takes.</summary>
public static class OptionRules
{
    /// <summary>Arguments are a command and its options, as the program's own parser reads them.</summary>
    public static IEnumerable<string> Arguments_are_taken(Manifests manifests) =>
        from pod in manifests.Pods
        from container in pod.Containers
        where OurPrograms.ImageOf(container) is not null
        from problem in OurPrograms.Parse(container, []).Problems
        select $"{pod.Where}, container {container.Name}: {problem}";

    /// <summary>Each MNIST_ variable is an option of the container's command, and its value is one that the option takes.</summary>
    public static IEnumerable<string> Variables_are_options(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Containers.Where(container => OurPrograms.ImageOf(container) is not null))
            {
                string where = $"{pod.Where}, container {container.Name}";
                var (command, _) = OurPrograms.Parse(container, []);
                var given = new List<string>();
                foreach (var (name, value) in manifests.Environment(pod, container).Where(variable => IsOurs(variable.Key)))
                {
                    if (OurPrograms.OptionOf(command!, container, name) is not { } option)
                        yield return $"{where}: {name} is no option of {command!.Name}.";
                    else if (option is not Option<bool>)
                        given.AddRange([option.Name, value ?? "known-later:1"]);
                }

                foreach (string problem in OurPrograms.Parse(container, given).Problems)
                    yield return $"{where}: {problem}";
            }
        }
    }

    /// <summary>Silos and coordinators look for each other in one cluster, and a silo says so in the labels that Orleans reads.</summary>
    public static IEnumerable<string> All_are_of_one_cluster(Manifests manifests)
    {
        var defaults = new Silo.SiloOptions();
        string[] clusters = [.. Values("MNIST_CLUSTER_ID", defaults.ClusterId)];
        string[] services = [.. Values("MNIST_SERVICE_ID", defaults.ServiceId)];
        if (clusters.Length > 1)
            yield return $"Silos and coordinators are of the clusters {string.Join(" and ", clusters)}.";
        if (services.Length > 1)
            yield return $"Silos and coordinators are of the services {string.Join(" and ", services)}.";
        foreach (var pod in manifests.PodsOf("silo"))
        {
            if (!pod.Labels.TryGetValue("orleans/clusterId", out string? cluster) || !clusters.Contains(cluster)
                || !pod.Labels.TryGetValue("orleans/serviceId", out string? service) || !services.Contains(service))
                yield return $"{pod.Where}: the labels orleans/clusterId and orleans/serviceId are not its ids, and it may not write them.";
        }

        IEnumerable<string> Values(string variable, string otherwise) =>
            (from pod in manifests.Pods
             where pod.Component is "silo" or "coordinator"
             from container in pod.Spec.Containers
             let environment = manifests.Environment(pod, container)
             where environment.ContainsKey("MNIST_REDIS")
             select environment.GetValueOrDefault(variable) ?? otherwise).Distinct();
    }

    /// <summary>A silo in a pod knows its pod, as Microsoft.Orleans.Hosting.Kubernetes wants.</summary>
    public static IEnumerable<string> A_silo_knows_its_pod(Manifests manifests) =>
        from pod in manifests.PodsOf("silo")
        from container in pod.Spec.Containers
        where manifests.Environment(pod, container).GetValueOrDefault("MNIST_CLUSTERING") == "kubernetes"
        from field in new[] { ("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"), ("POD_IP", "status.podIP") }
        where container.Env.FirstOrDefault(variable => variable.Name == field.Item1)?.ValueFrom?.FieldRef?.FieldPath != field.Item2
        select $"{pod.Where}: {field.Item1} is not the pod's {field.Item2}.";

    // A program leaves other programs' variables alone, and so do we.
    private static bool IsOurs(string variable) => variable.StartsWith("MNIST_", StringComparison.Ordinal);
}
