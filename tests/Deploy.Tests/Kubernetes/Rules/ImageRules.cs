using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Kubernetes.Rules;

/// <summary>Images have their names and tags from one place.</summary>
public static partial class ImageRules
{
    private const string Place = "deploy/kubernetes/components/names/kustomization.yaml";

    /// <summary>Each image is one of that place, with the tag that it has there.</summary>
    public static IEnumerable<string> Images_are_those_of_one_place(Manifests manifests)
    {
        var known = Known();
        return from pod in manifests.Pods
               from container in pod.Containers
               where !known.Contains(container.Image) || container.Image.EndsWith(":latest", StringComparison.Ordinal)
               select $"{pod.Where}: the image {container.Image} is none of {Place}.";
    }

    /// <summary>Nowhere else is a tag or a list of images.</summary>
    public static IEnumerable<string> Elsewhere() =>
        from file in Repository.Files("deploy/kubernetes")
        where file != Place && file.EndsWith(".yaml", StringComparison.Ordinal)
        from line in Repository.Read(file).Split('\n')
        where Tagged().IsMatch(line) || line.StartsWith("images:", StringComparison.Ordinal)
        select $"{file}: {line.Trim()}";

    /// <summary>What is somebody else's has the same tag in compose.</summary>
    public static IEnumerable<string> OtherTags() =>
        from file in Repository.Files("deploy/compose")
        from image in Theirs().Matches(Repository.Read(file)).Select(image => image.Groups["image"].Value)
        where !Known().Contains(image)
        select $"{file}: {image} is not that of {Place}.";

    private static HashSet<string> Known() => Image().Matches(Repository.Read(Place)).Select(image => image.Groups)
        .Select(image => $"{image[image["new"].Success ? "new" : "name"].Value}:{image["tag"].Value}").ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^\s+image: (?<image>(?:redis|prom/|grafana/)\S+)", RegexOptions.Multiline)]
    private static partial Regex Theirs();

    [GeneratedRegex(@"^  - name: (?<name>\S+)\n(?:    newName: (?<new>\S+)\n)?    newTag: (?<tag>\S+)", RegexOptions.Multiline)]
    private static partial Regex Image();

    [GeneratedRegex(@"^\s*-?\s*image: .*[:@/]")]
    private static partial Regex Tagged();
}
