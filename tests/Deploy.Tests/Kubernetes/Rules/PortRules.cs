using System.Net;
using k8s.Models;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>Ports are those that the programs open.</summary>
public static class PortRules
{
    /// <summary>A container of ours names each port that its program opens, by its number.</summary>
    public static IEnumerable<string> Ports_are_those_that_the_programs_open(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Spec.Containers.Where(container => OurPrograms.ImageOf(container) is not null))
            {
                var environment = manifests.Environment(pod, container);
                var open = OurPrograms.Ports(container, environment);
                var named = (container.Ports ?? []).ToDictionary(port => port.Name, port => port.ContainerPort);
                foreach (var (name, port) in open)
                {
                    if (!named.TryGetValue(name, out int there) || there != port)
                        yield return $"{pod.Where}: the program opens {port} for {name}, and the container says {there}.";
                }

                foreach (string name in named.Keys.Except(open.Keys))
                    yield return $"{pod.Where}: the program opens no port for {name}.";
                string address = OurPrograms.HttpAddress(container, environment);
                if (IPAddress.TryParse(address.Split(':')[0], out var ip) && IPAddress.IsLoopback(ip))
                    yield return $"{pod.Where} answers HTTP on {address}, where no probe and no Prometheus reaches it.";
            }
        }
    }

    /// <summary>What names a port names one of the containers that it is for.</summary>
    public static IEnumerable<string> Names_of_ports_are_those_of_containers(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Containers)
            {
                foreach (string port in Probes(container).Select(probe => probe.HttpGet?.Port.Value).OfType<string>())
                {
                    if (container.Ports?.Any(named => named.Name == port) != true)
                        yield return $"{pod.Where}: a probe asks port {port}, which {container.Name} has not.";
                }
            }
        }

        foreach (var service in manifests.Of<V1Service>())
        {
            foreach (var port in service.Spec.Ports)
            {
                string name = port.TargetPort.Value;
                if (!manifests.Pods.Where(pod => pod.IsSelected(service.Spec.Selector)).SelectMany(pod => pod.Ports)
                    .Any(found => found.Port.Name == name && found.Port.ContainerPort == port.Port))
                    yield return $"Service {service.Metadata.Name}: port {port.Port} leads to {name}, which its pods have not there.";
            }
        }

        foreach (var policy in manifests.Of<V1NetworkPolicy>())
        {
            var served = manifests.Pods.Where(pod => pod.IsSelected(policy.Spec.PodSelector)).ToList();
            var named = (policy.Spec.Ingress ?? []).SelectMany(rule => rule.Ports.Select(port => (Port: port.Port.Value, To: served)))
                .Concat((policy.Spec.Egress ?? []).Where(rule => rule.To is not null).SelectMany(rule => rule.Ports.Select(port => (
                    Port: port.Port.Value,
                    To: manifests.Pods.Where(pod => rule.To.Any(peer => pod.IsSelected(peer.PodSelector))).ToList()))));
            foreach (var (port, to) in named)
            {
                if (to.FirstOrDefault(pod => !pod.Ports.Any(found => found.Port.Name == port)) is { } without)
                    yield return $"NetworkPolicy {policy.Metadata.Name} names port {port}, which {without.Where} has not.";
            }
        }
    }

    /// <summary>The address of a service, wherever a program is given it, is that of a service.</summary>
    public static IEnumerable<string> Addresses_are_those_of_services(Manifests manifests)
    {
        foreach (var pod in manifests.Pods)
        {
            foreach (var container in pod.Containers)
            {
                var environment = manifests.Environment(pod, container);
                foreach (var (name, value) in environment.Where(variable => variable.Key is "MNIST_REDIS" or "PROMETHEUS_URL"))
                {
                    string[] address = (value ?? "redis:6379").Replace("http://", "", StringComparison.Ordinal).Split(',')[0].Split(':');
                    if (manifests.Find<V1Service>(address[0])?.Spec.Ports.Any(port => $"{port.Port}" == address[1]) == false)
                        yield return $"{pod.Where}: {name} is {value}, and the Service {address[0]} has no such port.";
                    else if (value is not null && manifests.Find<V1Service>(address[0]) is null)
                        yield return $"{pod.Where}: {name} is {value}, and there is no Service {address[0]}.";
                }
            }
        }
    }

    /// <summary>Redis listens where its container says, with TLS and without.</summary>
    public static IEnumerable<string> Redis_listens_on_its_port(Manifests manifests)
    {
        foreach (var pod in manifests.PodsOf("redis"))
        {
            var configs = pod.Spec.Volumes.Select(volume => manifests.Find<V1ConfigMap>(volume.ConfigMap?.Name ?? ""))
                .OfType<V1ConfigMap>().SelectMany(map => map.Data.Values).ToList();
            string setting = configs.Any(config => config.Contains("tls-port", StringComparison.Ordinal)) ? "tls-port" : "port";
            string port = $"{pod.Ports.Single().Port.ContainerPort}";
            if (!configs.Any(config => config.Split('\n').Contains($"{setting} {port}")))
                yield return $"{pod.Where} says port {port}, and none of its ConfigMaps has the line '{setting} {port}'.";
        }
    }

    /// <summary>All probes of a container.</summary>
    public static IEnumerable<V1Probe> Probes(V1Container container) =>
        new[] { container.StartupProbe, container.ReadinessProbe, container.LivenessProbe }.OfType<V1Probe>();
}
