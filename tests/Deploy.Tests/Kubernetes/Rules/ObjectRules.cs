using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>What holds of every object.</summary>
public static class ObjectRules
{
    /// <summary>The values that the API knows, which neither schemas nor types tell; only those that we use, and so mean.</summary>
    private static readonly Dictionary<string, string[]> Enumerations = new(StringComparer.Ordinal)
    {
        ["accessModes"] = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"],
        ["action"] = ["FailJob", "FailIndex", "Ignore", "Count"],
        ["algorithm"] = ["RSA", "ECDSA", "Ed25519"],
        ["concurrencyPolicy"] = ["Allow", "Forbid", "Replace"],
        ["drop"] = ["ALL"],
        ["fsGroupChangePolicy"] = ["Always", "OnRootMismatch"],
        ["medium"] = ["Memory"],
        ["nodeTaintsPolicy"] = ["Honor", "Ignore"],
        ["operator"] = ["In", "NotIn", "Exists", "DoesNotExist"],
        ["podManagementPolicy"] = ["OrderedReady", "Parallel"],
        ["podReplacementPolicy"] = ["TerminatingOrFailed", "Failed"],
        ["policyTypes"] = ["Ingress", "Egress"],
        ["protocol"] = ["TCP", "UDP", "SCTP"],
        ["restartPolicy"] = ["Always", "OnFailure", "Never"],
        ["rotationPolicy"] = ["Always", "Never"],
        ["status"] = ["True", "False", "Unknown"],
        ["type"] = ["RuntimeDefault", "Recreate", "RollingUpdate", "ContainerResource", "Utilization", "Opaque", "DisruptionTarget"],
        ["unhealthyPodEvictionPolicy"] = ["IfHealthyBudget", "AlwaysAllow"],
        ["whenDeleted"] = ["Retain", "Delete"],
        ["whenScaled"] = ["Retain", "Delete"],
        ["whenUnsatisfiable"] = ["DoNotSchedule", "ScheduleAnyway"],
        ["clusterIP"] = ["None"],
    };

    /// <summary>Texts that are anybody's choice, though they may look as a value of an enumeration does.</summary>
    private static readonly string[] Free =
        ["data", "labels", "annotations", "env", "args", "command", "matchLabels", "selector", "kind", "name", "key", "values", "items"];

    /// <summary>A value of an enumeration is one that the API knows.</summary>
    public static IEnumerable<string> Values_are_known(Manifests manifests)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(manifests.Text));
        return stream.Documents.SelectMany(document => Unknown((YamlMappingNode)document.RootNode));
    }

    /// <summary>An object is there once, in the namespace that all are in, and says what it is a part of.</summary>
    public static IEnumerable<string> Each_is_there_once_and_in_the_namespace(Manifests manifests)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string space = manifests.Of<V1Namespace>().Single().Metadata.Name;
        foreach (var found in manifests.Objects)
        {
            string where = $"{found.Kind} {found.Metadata.Name}";
            if (!seen.Add(where))
                yield return $"{where} is there twice.";
            if (found is not V1Namespace && found.Metadata.NamespaceProperty != space)
                yield return $"{where} is in the namespace {found.Metadata.NamespaceProperty}, and all else in {space}.";
            if (found.Metadata.Labels?.TryGetValue("app.kubernetes.io/part-of", out string? whole) != true || whole != "mnist-distributed")
                yield return $"{where} does not say that it is a part of mnist-distributed.";
        }
    }

    private static IEnumerable<string> Unknown(YamlMappingNode node) =>
        from child in node.Children
        let key = ((YamlScalarNode)child.Key).Value!
        where !Free.Contains(key) || child.Value is YamlSequenceNode { Children: [YamlMappingNode, ..] }
        from problem in Unknown(key, child.Value)
        select problem;

    private static IEnumerable<string> Unknown(string key, YamlNode node) => node switch
    {
        YamlMappingNode map => Unknown(map),
        YamlSequenceNode list when !Free.Contains(key) || list.Children[0] is YamlMappingNode =>
            list.SelectMany(item => Unknown(key, item)),
        YamlScalarNode { Value: { } value } when Enumerations.TryGetValue(key, out string[]? known) =>
            known.Contains(value) ? [] : [$"{key} is {value}, and can be {string.Join(", ", known)}."],
        YamlScalarNode { Value: [>= 'A' and <= 'Z', ..] value } =>
            [$"{key}: {value} looks as a value of an enumeration does, and none is known."],
        _ => [],
    };
}
