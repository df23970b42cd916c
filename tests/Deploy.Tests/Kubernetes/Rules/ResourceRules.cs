using System.Globalization;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>What containers may take, and that .NET knows.</summary>
public static class ResourceRules
{
    /// <summary>Each container asks for cores and memory, and has a bound on both.</summary>
    public static IEnumerable<string> Requests_and_limits_are_there(Manifests manifests) =>
        from pod in manifests.Pods
        from container in pod.Containers
        from resource in new[] { "cpu", "memory" }
        let request = Quantity(container.Resources?.Requests, resource)
        let limit = Quantity(container.Resources?.Limits, resource)
        where request is null || limit is null || request > limit
        select string.Create(CultureInfo.InvariantCulture,
            $"{pod.Where}, container {container.Name}: {resource} is requested as {request ?? 0} and limited to {limit ?? 0}.");

    /// <summary>The garbage collector leaves some of the limit to the rest, and there is a worker for each core that is granted.</summary>
    public static IEnumerable<string> DotNet_keeps_to_the_limits(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Spec.Containers.Where(container => OurPrograms.ImageOf(container) is not null))
            {
                string where = $"{pod.Where}, container {container.Name}";
                string? percent = manifests.Environment(pod, container).GetValueOrDefault("DOTNET_GCHeapHardLimitPercent");
                if (!int.TryParse(percent, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int share) || share is < 50 or > 75)
                    yield return $"{where}: DOTNET_GCHeapHardLimitPercent is '{percent}', which is no hexadecimal number of 50 to 75 %.";
                var cores = container.Env?.FirstOrDefault(found => found.Name == "DOTNET_PROCESSOR_COUNT")?.ValueFrom?.ResourceFieldRef;
                if (cores?.Resource != "limits.cpu" || (cores.ContainerName ?? container.Name) != container.Name)
                    yield return $"{where}: DOTNET_PROCESSOR_COUNT is not its own limit.";
            }
        }
    }

    private static decimal? Quantity(IDictionary<string, ResourceQuantity>? quantities, string resource) =>
        quantities?.TryGetValue(resource, out var quantity) == true ? quantity.ToDecimal() : null;
}
