using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace MnistDistributed.Deploy.Tests.Compose;

/// <summary>deploy/compose/compose.yaml as compose reads it, with the values that its variables have where nobody sets them.</summary>
public sealed partial class ComposeFile
{
    /// <summary>Where it is.</summary>
    public const string Folder = "deploy/compose";

    private readonly Dictionary<object, object?> _root;

    /// <summary>Reads it.</summary>
    public ComposeFile(string text)
    {
        string resolved = Default().Replace(text, match => match.Groups["value"].Value);
        var parser = new MergingParser(new Parser(new StringReader(resolved)));
        _root = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object?>>(parser);
        Services = [.. Map(_root, "services").Select(pair => new ComposeService($"{pair.Key}", (Dictionary<object, object?>)pair.Value!))];
    }

    /// <summary>Its services.</summary>
    public IReadOnlyList<ComposeService> Services { get; }

    /// <summary>The names of the volumes that it declares.</summary>
    public IEnumerable<string> Volumes => Map(_root, "volumes").Keys.Select(name => $"{name}");

    /// <summary>A service by its name; null if there is none.</summary>
    public ComposeService? Service(string name) => Services.FirstOrDefault(service => service.Name == name);

    /// <summary>A map within another; empty where there is none.</summary>
    public static Dictionary<object, object?> Map(Dictionary<object, object?> map, string key) =>
        map.GetValueOrDefault(key) as Dictionary<object, object?> ?? [];

    [GeneratedRegex(@"\$\{\w+:-(?<value>[^}]*)\}")]
    private static partial Regex Default();
}
