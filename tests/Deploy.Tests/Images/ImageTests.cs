using System.CommandLine;
using System.Xml.Linq;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Silo;

namespace MnistDistributed.Deploy.Tests.Images;

/// <summary>Both ways to the images, deploy/docker/Dockerfile and dotnet publish -t:PublishContainer, make the same of them.</summary>
public class ImageTests
{
    private static readonly Dockerfile Docker = new(Repository.Read(Dockerfile.Path));

    public static TheoryData<string, string> Images => new(("silo", "Silo"), ("coordinator", "Coordinator"));

    [Theory, MemberData(nameof(Images))]
    public void Both_ways_agree(string stage, string project)
    {
        Assert.Equal(Property(project, "ContainerUser"), Docker.Of(stage, "USER").Last());
        Assert.Equal("/app", Docker.Of(stage, "WORKDIR").Last());
        Assert.Equal(Items(project, "ContainerEnvironmentVariable").ToDictionary(item => item.Include, item => item.Value),
            Docker.Environment(stage));
        Assert.Equal(Items(project, "ContainerPort").SelectMany(item => item.Include.Split(';')), Ports(stage));
        string labels = string.Join(' ', Docker.Of(stage, "LABEL"));
        Assert.Contains($"org.opencontainers.image.title=\"{Property(project, "ContainerRepository")}\"", labels, StringComparison.Ordinal);
        Assert.Contains(
            $"org.opencontainers.image.description=\"{Property(project, "ContainerDescription")}\"", labels, StringComparison.Ordinal);
        Assert.Contains($"RUNTIME_IMAGE={Property(project, "ContainerBaseImage")}", Docker.Of("", "ARG"));
    }

    [Theory, MemberData(nameof(Images))]
    public void An_image_starts_its_program_without_a_shell_and_asks_it_how_it_is(string stage, string project)
    {
        string program = $"/app/{typeof(SiloCommand).Assembly.GetName().Name!.Replace("Silo", project, StringComparison.Ordinal)}.dll";
        Assert.Equal(["dotnet", program], Docker.Exec(stage, "ENTRYPOINT"));
        string[] check = Docker.Exec(stage, "HEALTHCHECK");
        Assert.Equal(["dotnet", program], check[..2]);
        var parsed = Command(stage).Parse(check[2..]);
        Assert.Empty(parsed.Errors);
        Assert.Equal("health", parsed.CommandResult.Command.Name);
        // The base that these stages stand on need not have a shell.
        Assert.Empty(Docker.Of(stage, "RUN"));
    }

    [Theory, MemberData(nameof(Images))]
    public void What_the_environment_says_are_options_of_the_program(string stage, string project)
    {
        _ = project;
        var commands = Command(stage).Subcommands.Append(Command(stage));
        string[] options = [.. commands.SelectMany(command => command.Options).Select(option =>
            "MNIST_" + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant())];
        Assert.All(Docker.Environment(stage).Keys.Where(name => name.StartsWith("MNIST_", StringComparison.Ordinal)),
            name => Assert.Contains(name, options));
    }

    [Fact]
    public void The_ports_are_those_of_the_programs()
    {
        var silo = new SiloOptions();
        Assert.Equal([$"{silo.SiloPort}", $"{silo.GatewayPort}", $"{silo.HttpPort}"], Ports("silo"));
        Assert.Equal([$"{HttpOptions.DefaultPort}"], Ports("coordinator"));
        Assert.Equal($"0.0.0.0:{HttpOptions.DefaultPort}", Docker.Environment("coordinator")["MNIST_HTTP"]);
    }

    [Fact]
    public void Every_project_is_restored_before_the_sources_come()
    {
        var projects = Repository.Files("src").Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)
            || file.EndsWith(".props", StringComparison.Ordinal));
        var copied = Docker.Of("restore", "COPY").SelectMany(rest => rest.Split(' ')[..^1]);
        Assert.Equal(projects.Order(StringComparer.Ordinal),
            copied.Where(file => file.StartsWith("src/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_copied_is_not_ignored()
    {
        string[] allowed = [.. Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..])];
        foreach (string stage in (string[])["restore", "publish"])
        {
            foreach (string source in Docker.Of(stage, "COPY").SelectMany(rest => rest.Split(' ')[..^1]))
                Assert.Contains(source.Split('/')[0], allowed);
        }
    }

    private static IEnumerable<string> Ports(string stage) => Docker.Of(stage, "EXPOSE").SelectMany(rest => rest.Split(' '));

    private static Command Command(string stage) =>
        stage == "silo" ? SiloCommand.Create((_, _) => Task.FromResult(0)) : MnistCommand.Create();

    private static IEnumerable<XElement> Elements(string project, string name) =>
        ((string[])["src/Container.props", $"src/{project}/{project}.csproj"])
            .SelectMany(file => XDocument.Parse(Repository.Read(file)).Descendants(name));

    private static string Property(string project, string name) => Elements(project, name).Single().Value;

    private static IEnumerable<(string Include, string Value)> Items(string project, string name) =>
        Elements(project, name).Select(item => (item.Attribute("Include")!.Value, item.Attribute("Value")?.Value ?? ""));
}
