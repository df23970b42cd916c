using k8s.Models;
using MnistDistributed.Silo;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>How long things may take, and who counts how many there are.</summary>
public static class LifetimeRules
{
    /// <summary>Every container that stays is asked whether it has started, lives and is ready.</summary>
    public static IEnumerable<string> Programs_are_probed(Manifests manifests) =>
        from pod in manifests.Pods
        where pod.Component != "monitoring"
        from container in pod.Spec.Containers
        where PortRules.Probes(container).Count() != 3
        select $"{pod.Where}, container {container.Name}, has {PortRules.Probes(container).Count()} of three probes.";

    /// <summary>A silo has the time to hand over, and one that starts gives up before it is given up.</summary>
    public static IEnumerable<string> Times_fit_the_programs(Manifests manifests)
    {
        double drain = SiloProcess.ShutdownTimeout.TotalSeconds;
        foreach (var pod in manifests.PodsOf("silo"))
        {
            var container = pod.Spec.Containers.Single();
            var wait = Wait(manifests, pod);
            if (pod.Spec.TerminationGracePeriodSeconds < drain + 1)
                yield return $"{pod.Where} has {pod.Spec.TerminationGracePeriodSeconds} s to end, and may take {drain} s.";
            int? patience = container.StartupProbe?.PeriodSeconds * container.StartupProbe?.FailureThreshold;
            if (patience < wait + 30)
                yield return $"{pod.Where} is given up {patience} s after its start, and waits {wait} s for Redis.";
            foreach (var train in manifests.Pods.Where(train => train.Owner is V1CronJob))
            {
                string[] arguments = [.. train.Spec.Containers.Single().Args];
                int at = Array.IndexOf(arguments, "--wait");
                if (at < 0 || int.Parse(arguments[at + 1], null) <= wait)
                    yield return $"{train.Where} does not wait longer for silos than they may take to start, {wait} s.";
            }
        }
    }

    /// <summary>A Job tells a wrong call from a coordinator that is gone, and starts none beside another.</summary>
    public static IEnumerable<string> A_job_goes_on_where_it_makes_sense(Manifests manifests)
    {
        foreach (var job in manifests.Of<V1CronJob>())
        {
            var spec = job.Spec.JobTemplate.Spec;
            string where = $"CronJob {job.Metadata.Name}";
            if (job.Spec.Suspend != true)
                yield return $"{where} makes runs by itself.";
            if (spec.Template.Spec.RestartPolicy != "Never")
                yield return $"{where}: a podFailurePolicy needs the restartPolicy Never.";
            if (spec.PodReplacementPolicy != "Failed")
                yield return $"{where} starts a coordinator before the one before it is gone.";
            if (spec.PodFailurePolicy?.Rules.Any(rule => rule.Action == "FailJob" && rule.OnExitCodes?.Values is [2]
                && rule.OnExitCodes.ContainerName == spec.Template.Spec.Containers.Single().Name) != true)
                yield return $"{where} tries again what is wrong usage, exit code 2.";
            if (spec.PodFailurePolicy?.Rules.Any(rule => rule.Action == "Ignore"
                && rule.OnPodConditions?.Any(condition => condition.Type == "DisruptionTarget") == true) != true)
                yield return $"{where} counts an evicted coordinator as one that failed.";
        }
    }

    /// <summary>What scales silos finds them, and is the only one that does.</summary>
    public static IEnumerable<string> Scaling_has_one_master(Manifests manifests)
    {
        foreach (var scaler in manifests.Of<V2HorizontalPodAutoscaler>())
        {
            string where = $"HorizontalPodAutoscaler {scaler.Metadata.Name}";
            var target = manifests.Find<V1StatefulSet>(scaler.Spec.ScaleTargetRef.Name);
            var named = scaler.Spec.ScaleTargetRef;
            if (target is null || named.Kind != target.Kind || named.ApiVersion != target.ApiVersion)
            {
                yield return $"{where} scales a {named.Kind} {named.Name}, which is not there.";
                continue;
            }

            if (target.Spec.Replicas is not null)
                yield return $"{where}: the manifest sets the number of replicas too, and each apply would undo what was scaled.";
            foreach (string container in scaler.Spec.Metrics.Select(metric => metric.ContainerResource?.Container).OfType<string>())
            {
                var measured = target.Spec.Template.Spec.Containers.FirstOrDefault(found => found.Name == container);
                if (measured?.Resources?.Requests?.ContainsKey("cpu") != true)
                    yield return $"{where} measures the container {container} by a request for cores that is not there.";
            }
        }
    }

    private static double Wait(Manifests manifests, PodSource silo) => double.Parse(
        manifests.Environment(silo, silo.Spec.Containers.Single()).GetValueOrDefault("MNIST_WAIT")
            ?? $"{new SiloOptions().Wait.TotalSeconds}", System.Globalization.CultureInfo.InvariantCulture);
}
