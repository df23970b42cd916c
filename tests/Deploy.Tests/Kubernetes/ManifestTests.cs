using System.Security.Cryptography;
using MnistDistributed.Deploy.Tests.Kubernetes.Rules;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>What kubectl renders is strictly what the API's objects are, and every rule holds of it.</summary>
/// <param name="routes">What the programs answer.</param>
public class ManifestTests(ProgramRoutes routes)
{
    public static TheoryData<string> Folders => new(Rendering.Folders);

    public static TheoryData<string, string> FoldersAndRules =>
        new(from folder in Rendering.Folders from rule in Rule.All.Keys select (folder, rule));

    [Theory, MemberData(nameof(FoldersAndRules))]
    public async Task A_rule_holds(string folder, string rule) => AssertNone(Rule.All[rule].Problems(await Rendering.Of(folder)));

    [Theory, MemberData(nameof(Folders))]
    public async Task The_programs_know_the_paths_at_which_they_are_asked(string folder) =>
        AssertNone(await routes.Unknown(await Rendering.Of(folder)));

    [Fact]
    public void Images_have_names_and_tags_in_one_place() => AssertNone([.. ImageRules.Elsewhere(), .. ImageRules.OtherTags()]);

    [Fact]
    public void No_file_is_there_twice()
    {
        var twice = from file in Repository.Files("deploy")
                    let content = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(Repository.Root, file))))
                    group file by content into same
                    where same.Count() > 1
                    select string.Join(" and ", same);
        Assert.Empty(twice);
    }

    [Fact]
    public void Each_component_is_in_a_rendering()
    {
        string all = string.Concat(Rendering.Folders.Select(folder => Repository.Read($"{folder}/kustomization.yaml")));
        var components = Repository.Files("deploy/kubernetes/components").Select(file => file.Split('/')[3]).Distinct();
        Assert.All(components, component => Assert.Contains($"components/{component}\n", all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silo_takes_its_environment_and_misses_only_its_cluster()
    {
        var manifests = await Rendering.Of("deploy/kubernetes/overlays/local");
        var pod = manifests.PodsOf("silo").Single();
        var environment = manifests.Environment(pod, pod.Spec.Containers.Single())
            .Where(variable => !variable.Key.StartsWith("DOTNET_", StringComparison.Ordinal))
            .ToDictionary(variable => variable.Key, variable => variable.Value ?? "");
        (environment["POD_NAME"], environment["POD_NAMESPACE"], environment["POD_IP"]) = ("silo-0", "mnist", "127.0.0.1");
        using var folder = new TemporaryFolder();
        string[] ports = ["--silo-port", $"{Ports.Free()}", "--gateway-port", $"{Ports.Free()}", "--http-port", $"{Ports.Free()}"];
        await using var silo = Programs.Silo(folder.Path, ["--redis", $"127.0.0.1:{Ports.Free()}", "--wait", "0.1", .. ports], environment);
        // Usage that is wrong would be 2.
        int code = await silo.End();
        Assert.True(code == 1, $"Exit code {code}:\n{silo.Said}");
    }

    private static void AssertNone(IEnumerable<string> problems)
    {
        string said = string.Join('\n', problems);
        Assert.True(said.Length == 0, said);
    }
}
