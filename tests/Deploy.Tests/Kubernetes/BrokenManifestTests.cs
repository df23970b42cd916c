using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>Each rule is broken at one place of what is rendered, and says so.</summary>
/// <param name="routes">What the programs answer.</param>
public class BrokenManifestTests(ProgramRoutes routes)
{
    private const string Everything = "tests/kubernetes/production";

    private static readonly Dictionary<string, List<Break>> Breaks = new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance).Build()
        .Deserialize<Dictionary<string, List<Break>>>(Repository.Read("tests/Deploy.Tests/Kubernetes/broken.yaml"));

    /// <summary>Rules, and the numbers of their breaks.</summary>
    public static TheoryData<string, int> Broken =>
        new(from rule in Breaks from index in Enumerable.Range(0, rule.Value.Count) select (rule.Key, index));

    /// <summary>What is written over, and what the strict loading then says.</summary>
    public static TheoryData<string, string, string> Unloadable => new(
        ("terminationGracePeriodSeconds: 20", "terminationGracePeriod: 20", "terminationGracePeriod"),
        ("replicas: 1", "replicas: one", "one"),
        ("suspend: true", "suspend: true\n  suspend: false", "suspend"),
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: maybe", "maybe"),
        ("- silo.mnist", "- silo.mnist\n  dnsName: silo", "dnsName"),
        ("memory: 64Mi", "memory: 64MB", "quantity's suffix"));

    [Theory, MemberData(nameof(Broken))]
    public async Task A_broken_manifest_is_told(string rule, int index)
    {
        var broken = Breaks[rule][index];
        var problems = Rule.All[rule].Problems(new Manifests(broken.Of(await Rendering.Text(Everything)))).ToList();
        Assert.Contains(problems, problem => problem.Contains(broken.Says, StringComparison.Ordinal));
    }

    [Fact]
    public void Each_rule_is_seen_failing() =>
        Assert.Equal(Rule.All.Keys.Order(StringComparer.Ordinal), Breaks.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_path_that_a_program_does_not_know_is_told()
    {
        var broken = new Break { In = "StatefulSet silo", Old = "path: /health/live", New = "path: /healthz" };
        var manifests = new Manifests(broken.Of(await Rendering.Text(Everything)));
        Assert.Equal(["StatefulSet silo: silo knows no /healthz."], await routes.Unknown(manifests));
    }

    [Theory, MemberData(nameof(Unloadable))]
    public async Task What_the_API_does_not_know_is_not_loaded(string old, string @new, string said)
    {
        string text = await Rendering.Text(Everything);
        Assert.Contains(old, text, StringComparison.Ordinal);
        string error = $"{Assert.ThrowsAny<Exception>(() => new Manifests(text.Replace(old, @new, StringComparison.Ordinal)))}";
        Assert.True(error.Contains(said, StringComparison.Ordinal), error);
    }
}
