using System.CommandLine;
using k8s.Models;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Silo;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>The other side of the manifests: what the programs in the images take.</summary>
public static class OurPrograms
{
    public const string SiloImage = "mnist-silo";
    public const string CoordinatorImage = "mnist-coordinator";

    /// <summary>The image that a container runs, by the last part of its name; null for somebody else's.</summary>
    public static string? ImageOf(V1Container container) =>
        new[] { SiloImage, CoordinatorImage }.FirstOrDefault(name => NameOf(container.Image) == name);

    /// <summary>An image's name without registry and tag.</summary>
    public static string NameOf(string image) => image.Split('/')[^1].Split(':', '@')[0];

    /// <summary>The command that a container's arguments give, and what is wrong with them.</summary>
    public static (Command? Command, IReadOnlyList<string> Problems) Parse(V1Container container, IEnumerable<string> more)
    {
        string[] arguments = [.. (container.Args ?? []).Select(Resolved), .. more];
        var root = ImageOf(container) == SiloImage ? SiloCommand.Create((_, _) => Task.FromResult(0)) : MnistCommand.Create();
        var parsed = root.Parse(arguments);
        return (parsed.CommandResult.Command, [.. parsed.Errors.Select(error => error.Message)]);
    }

    /// <summary>The option that a variable stands for: any of a silo, and those of a coordinator whose help names the variable.</summary>
    public static Option? OptionOf(Command command, V1Container container, string variable) => command.Options.FirstOrDefault(option =>
        VariableOf(option) == variable
        && (ImageOf(container) == SiloImage || option.Description?.Contains(variable, StringComparison.Ordinal) == true));

    /// <summary>The ports that a program opens in such an environment, by the names that the manifests give them.</summary>
    public static IReadOnlyDictionary<string, int> Ports(V1Container container, IReadOnlyDictionary<string, string?> environment)
    {
        var defaults = new SiloOptions();
        if (ImageOf(container) != SiloImage)
        {
            string? http = environment.GetValueOrDefault("MNIST_HTTP");
            int port = http is null ? Coordinator.Http.HttpOptions.DefaultPort : int.Parse(http.Split(':')[^1], null);
            return new Dictionary<string, int> { ["http"] = port };
        }

        return new Dictionary<string, int>
        {
            ["silo"] = Of("MNIST_SILO_PORT", defaults.SiloPort),
            ["gateway"] = Of("MNIST_GATEWAY_PORT", defaults.GatewayPort),
            ["http"] = Of("MNIST_HTTP_PORT", defaults.HttpPort),
        };

        int Of(string variable, int otherwise) =>
            environment.GetValueOrDefault(variable) is { } text ? int.Parse(text, null) : otherwise;
    }

    /// <summary>The address on which a program answers HTTP.</summary>
    public static string HttpAddress(V1Container container, IReadOnlyDictionary<string, string?> environment) =>
        ImageOf(container) == SiloImage
            ? environment.GetValueOrDefault("MNIST_HTTP_ADDRESS") ?? $"{new SiloOptions().HttpAddress}"
            : environment.GetValueOrDefault("MNIST_HTTP") ?? "127.0.0.1";

    // A variable that Kubernetes puts in is known only there.
    private static string Resolved(string argument) => argument.StartsWith("$(", StringComparison.Ordinal) ? "first" : argument;

    private static string VariableOf(Option option) => "MNIST_" + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();
}
