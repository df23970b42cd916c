using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>The commands of docs/kubernetes.md are ones that there are, on things that there are.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly string[] Commands = [
        .. CodeBlock().Matches(Repository.Read("docs/kubernetes.md"))
            .SelectMany(block => block.Groups["text"].Value.Replace("\\\n", "", StringComparison.Ordinal).Split('\n'))
            .Select(line => line.Trim()).Where(line => line.Length > 0)];

    private const string Launcher = "./mnist ";
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> OfKubectl => new(Commands.Where(IsOfKubectl));

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(OfKubectl))]
    public async Task Kubectl_takes_a_command(string command)
    {
        string said = await Try(command);
        // Where nobody answers, what is left to complain about is that.
        Assert.DoesNotMatch(@"unknown (command|flag|shorthand)|invalid argument|requires|must specify|no such file|accepts", said);
    }

    [Fact]
    public async Task A_command_that_kubectl_does_not_take_is_noticed() =>
        Assert.Contains("unknown flag", await Try("kubectl scale statefulset/silo --replica 5"), StringComparison.Ordinal);

    [Fact]
    public async Task What_commands_name_is_there()
    {
        var manifests = await Rendering.Of("deploy/kubernetes/overlays/local");
        // Jobs are what the commands make.
        var named = Commands.Where(IsOfKubectl).SelectMany(command => Named().Matches(command))
            .Where(name => name.Groups["kind"].Value != "job").ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(manifests.Objects, found =>
            found.Metadata.Name == name.Groups["name"].Value
            && found.Kind.Equals(name.Groups["kind"].Value, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Ports_that_are_forwarded_are_open()
    {
        var manifests = await Rendering.Of("deploy/kubernetes/overlays/local");
        var forwarded = Commands.SelectMany(command => Forward().Matches(command)).ToList();
        Assert.NotEmpty(forwarded);
        Assert.All(forwarded, forward =>
        {
            string name = forward.Groups["name"].Value;
            int port = int.Parse(forward.Groups["port"].Value, null);
            Assert.Contains(manifests.Pods.Where(pod => pod.Owner.Metadata.Name == name).SelectMany(pod => pod.Ports),
                found => found.Port.ContainerPort == port);
        });
    }

    [Fact]
    public void Coordinators_take_what_they_are_told()
    {
        const string program = "dotnet /app/MnistDistributed.Coordinator.dll ";
        var told = (
            from command in Commands
            from start in new[] { program, Launcher }
            where command.Contains(start, StringComparison.Ordinal)
            select command.Split(start)[1]).ToList();
        Assert.NotEmpty(told);
        Assert.All(told, arguments => Assert.Empty(MnistCommand.Create().Parse(arguments.Split(' ')).Errors));
    }

    [Fact]
    public async Task Images_that_are_built_are_those_that_are_deployed()
    {
        var manifests = await Rendering.Of("deploy/kubernetes/overlays/local");
        string[] built = [.. Commands.SelectMany(command => Built().Matches(command)).Select(image => image.Groups["image"].Value)];
        string[] ours = [
            .. from pod in manifests.Pods
               from container in pod.Containers
               where OurPrograms.ImageOf(container) is not null
               select container.Image];
        Assert.Equal(ours.Distinct().Order(StringComparer.Ordinal), built.Distinct().Order(StringComparer.Ordinal));
    }

    private static bool IsOfKubectl(string command) => command.StartsWith("kubectl ", StringComparison.Ordinal);

    /// <summary>Has kubectl do it, where no API answers.</summary>
    private async Task<string> Try(string command)
    {
        string kubectl = Needs.Kubectl();
        const string config = """
            apiVersion: v1
            kind: Config
            current-context: nowhere
            clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:1"}}]
            contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
            users: [{name: nobody, user: {}}]
            """;
        Directory.CreateSymbolicLink(_folder.File("deploy"), Path.Combine(Repository.Root, "deploy"));
        if (command.Contains("tls/", StringComparison.Ordinal))
            await MakeCertificates();
        await File.WriteAllTextAsync(_folder.File("config"), config, TestContext.Current.CancellationToken);
        string script = $"kubectl() {{ command '{kubectl}' \"$@\"; }}; password=secret; {command}";
        await using var process = ProgramProcess.Start("bash", _folder.Path, ["-c", script],
            new Dictionary<string, string> { ["KUBECONFIG"] = _folder.File("config") });
        await process.End();
        return process.Said;
    }

    private async Task MakeCertificates()
    {
        string made = Commands.Single(command => command.StartsWith($"{Launcher}certificates ", StringComparison.Ordinal));
        await using var coordinator = Programs.Coordinator(_folder.Path, made[Launcher.Length..].Split(' '));
        Assert.True(await coordinator.End() == 0, coordinator.Said);
    }

    [GeneratedRegex(@"^ *```\n(?<text>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"(?<kind>statefulset|deployment|service|cronjob|job)/(?<name>[\w-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"port-forward \w+/(?<name>\S+) (?<port>\d+)")]
    private static partial Regex Forward();

    [GeneratedRegex(@"^docker build .* -t (?<image>\S+)")]
    private static partial Regex Built();
}
