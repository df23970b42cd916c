using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Kubernetes;

/// <summary>A place where a rule is broken.</summary>
public sealed class Break
{
    /// <summary>Kind and name of the object; a name may go on with a digest.</summary>
    public required string In { get; set; }

    /// <summary>What is written over, where it is first there.</summary>
    public required string Old { get; set; }

    /// <summary>With what.</summary>
    public required string New { get; set; }

    /// <summary>What the rule then says.</summary>
    public string Says { get; set; } = "";

    /// <summary>Breaks rendered objects.</summary>
    public string Of(string text)
    {
        const string between = "\n---\n";
        string[] objects = text.Split(between);
        string[] named = In.Split(' ');
        int index = Array.FindIndex(objects, found => Regex.IsMatch(found, $@"^kind: {named[0]}$", RegexOptions.Multiline)
            && Regex.IsMatch(found, $@"^  name: {named[1]}(-[a-z0-9]{{10}})?$", RegexOptions.Multiline));
        Assert.True(index >= 0, $"There is no {In}.");
        int at = objects[index].IndexOf(Old, StringComparison.Ordinal);
        Assert.True(at >= 0, $"{In} has no '{Old}'.");
        objects[index] = objects[index][..at] + New + objects[index][(at + Old.Length)..];
        return string.Join(between, objects);
    }
}
