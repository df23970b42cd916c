namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>With TLS everything speaks it, under the names that the programs check.</summary>
public static class TlsRules
{
    private static readonly string[] Variables = ["MNIST_TLS_CERT", "MNIST_TLS_KEY", "MNIST_TLS_CA"];

    /// <summary>Silos, coordinators and Redis speak TLS, or none of them does.</summary>
    public static IEnumerable<string> All_speak_tls_or_none_does(Manifests manifests)
    {
        var speaking = (from pod in manifests.Pods
                        from container in pod.Spec.Containers
                        let environment = manifests.Environment(pod, container)
                        where environment.ContainsKey("MNIST_REDIS")
                        select (pod.Where, Given: Variables.Count(environment.ContainsKey), Redis: environment["MNIST_REDIS"])).ToList();
        bool isTls = speaking.Any(pod => pod.Given > 0);
        foreach (var (where, given, redis) in speaking)
        {
            if (given != (isTls ? Variables.Length : 0))
                yield return $"{where} has {given} of the variables {string.Join(", ", Variables)}.";
            if (redis is not null && manifests.PodsOf("redis").Any() && redis.Contains("ssl=true", StringComparison.Ordinal) != isTls)
                yield return $"{where}: MNIST_REDIS says {(isTls ? "no " : "")}ssl=true, and Redis speaks {(isTls ? "" : "no ")}TLS.";
        }

        foreach (var redis in manifests.PodsOf("redis"))
        {
            if ((redis.Spec.Volumes ?? []).Any(volume => volume.Secret?.SecretName == "redis-tls") != isTls)
                yield return $"{redis.Where} and the silos do not both speak TLS.";
        }
    }

    /// <summary>Certificates bear the names of the cluster, and are of one authority.</summary>
    public static IEnumerable<string> Certificates_bear_the_names_that_are_checked(Manifests manifests)
    {
        var certificates = manifests.Of<Certificate>().Where(certificate => !certificate.Spec.IsAuthority).ToList();
        string cluster = manifests.PodsOf("silo").Select(pod => pod.Labels["orleans/clusterId"]).First();
        foreach (var certificate in certificates)
        {
            string name = certificate.Metadata.Name;
            string wanted = name == "redis" ? "redis" : $"{name}.{cluster}";
            if (!certificate.Spec.DnsNames.Contains(wanted))
                yield return $"Certificate {name} does not bear the name {wanted}.";
            if (certificate.Spec.IssuerRef.Name != "ca")
                yield return $"Certificate {name} is not of the cluster's authority.";
            string[] usages = name switch
            {
                "silo" => ["digital signature", "server auth", "client auth"],
                "coordinator" => ["digital signature", "client auth"],
                _ => ["digital signature", "server auth"],
            };
            if (!certificate.Spec.Usages.SequenceEqual(usages))
                yield return $"Certificate {name} should be for {string.Join(", ", usages)}.";
        }

        foreach (var issued in manifests.Of<Certificate>())
        {
            if (manifests.Find<Issuer>(issued.Spec.IssuerRef.Name) is null)
                yield return $"Certificate {issued.Metadata.Name}: there is no Issuer {issued.Spec.IssuerRef.Name}.";
        }

        var authorities = manifests.Of<Certificate>().Where(made => made.Spec.IsAuthority).Select(made => made.Spec.SecretName);
        foreach (string secret in manifests.Of<Issuer>().Select(issuer => issuer.Spec.Ca?.SecretName).OfType<string>().Except(authorities))
            yield return $"No Certificate of an authority makes the Secret {secret} of an Issuer.";
    }
}
