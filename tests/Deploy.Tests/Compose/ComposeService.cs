namespace MnistDistributed.Deploy.Tests.Compose;

/// <summary>A service of a compose file.</summary>
/// <param name="name">Its name.</param>
/// <param name="map">What the file says of it.</param>
public sealed class ComposeService(string name, Dictionary<object, object?> map)
{
    /// <summary>Its name, which is its host name for the others.</summary>
    public string Name => name;

    /// <summary>The image's name, without a tag.</summary>
    public string Image => Text("image")!.Split(':')[0];

    /// <summary>The image's tag.</summary>
    public string Tag => Text("image")!.Split(':') is [_, var tag] ? tag : "";

    /// <summary>The stage of our Dockerfile that its image is made of; null for somebody else's image.</summary>
    public string? Stage => Image.StartsWith("mnist-", StringComparison.Ordinal) ? Image["mnist-".Length..] : null;

    /// <summary>The words of its command.</summary>
    public IReadOnlyList<string> Command => List("command");

    /// <summary>Its environment.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        Map("environment").ToDictionary(pair => $"{pair.Key}", pair => $"{pair.Value}");

    /// <summary>What is mounted: the source, a folder where it begins with a dot, the target, and whether it is only read.</summary>
    public IEnumerable<(string Source, string Target, bool IsReadOnly)> Mounts =>
        List("volumes").Select(text => text.Split(':')).Select(parts => (parts[0], parts[1], parts is [_, _, "ro"]));

    /// <summary>Published ports: address, port outside and inside.</summary>
    public IEnumerable<string[]> Ports => List("ports").Select(text => text.Split(':'));

    /// <summary>Whom it waits for, and for what.</summary>
    public IReadOnlyDictionary<string, string> DependsOn => Map("depends_on").ToDictionary(
        pair => $"{pair.Key}", pair => $"{((Dictionary<object, object?>)pair.Value!)["condition"]}");

    /// <summary>Whether something is said of it.</summary>
    public bool Has(string key) => map.ContainsKey(key);

    /// <summary>A value; null if there is none.</summary>
    public string? Text(string key) => map.GetValueOrDefault(key)?.ToString();

    /// <summary>Values; none if there are none.</summary>
    public IReadOnlyList<string> List(string key) => [.. (map.GetValueOrDefault(key) as List<object> ?? []).Select(item => $"{item}")];

    /// <summary>Named values; none if there are none.</summary>
    public Dictionary<object, object?> Map(string key) => ComposeFile.Map(map, key);
}
