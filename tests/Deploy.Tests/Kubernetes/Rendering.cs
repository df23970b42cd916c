using System.Collections.Concurrent;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>What kubectl makes of the folders of deploy/kubernetes.</summary>
public static class Rendering
{
    /// <summary>The overlays, and each with every component.</summary>
    public static readonly string[] Folders =
    [
        "deploy/kubernetes/overlays/local",
        "deploy/kubernetes/overlays/production",
        "tests/kubernetes/local",
        "tests/kubernetes/production",
    ];

    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Rendered = new();

    /// <summary>The objects of a folder, as one text.</summary>
    public static Task<string> Text(string folder)
    {
        string kubectl = Needs.Kubectl();
        return Rendered.GetOrAdd(folder, _ => new Lazy<Task<string>>(() => Render(kubectl, folder))).Value;
    }

    /// <summary>The objects of a folder.</summary>
    public static async Task<Manifests> Of(string folder) => new(await Text(folder));

    private static async Task<string> Render(string kubectl, string folder)
    {
        await using var process = ProgramProcess.Start(kubectl, Repository.Root, ["kustomize", folder]);
        var (code, output, error) = await process.Result();
        return code == 0 ? output : throw new InvalidOperationException($"{folder} cannot be rendered: {error}");
    }
}
