using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Images;

/// <summary>deploy/docker/Dockerfile as it is read: its stages, and what an image of each has.</summary>
public sealed partial class Dockerfile
{
    /// <summary>Where it is.</summary>
    public const string Path = "deploy/docker/Dockerfile";

    private readonly List<(string Stage, string Instruction, string Text)> _lines = [];
    private readonly Dictionary<string, string> _bases = [];

    /// <summary>Reads it.</summary>
    public Dockerfile(string text)
    {
        string stage = "";
        foreach (Match match in Instruction().Matches(Continued().Replace(Comment().Replace(text, ""), " ")))
        {
            string rest = match.Groups["rest"].Value.Trim();
            if (match.Groups["name"].Value == "FROM")
            {
                string[] words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                stage = words[^1];
                _bases[stage] = words[^3];
            }

            _lines.Add((stage, match.Groups["name"].Value, rest));
        }
    }

    /// <summary>The names of its stages.</summary>
    public IEnumerable<string> Stages => _bases.Keys;

    /// <summary>What comes behind an instruction in a stage and in those that it stands on, the first stage's first.</summary>
    public IEnumerable<string> Of(string stage, string instruction) =>
        (_bases.TryGetValue(stage, out string? parent) && _bases.ContainsKey(parent) ? Of(parent, instruction) : [])
        .Concat(_lines.Where(line => line.Stage == stage && line.Instruction == instruction).Select(line => line.Text));

    /// <summary>The environment of an image.</summary>
    public IReadOnlyDictionary<string, string> Environment(string stage) => Of(stage, "ENV")
        .SelectMany(rest => Variable().Matches(rest))
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["value"].Value);

    /// <summary>The words of an instruction in its form without a shell.</summary>
    public string[] Exec(string stage, string instruction)
    {
        string rest = Of(stage, instruction).Last();
        return JsonSerializer.Deserialize<string[]>(rest[rest.IndexOf('[', StringComparison.Ordinal)..])!;
    }

    [GeneratedRegex("^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex("^(?<name>[A-Z]+) (?<rest>.*)$", RegexOptions.Multiline)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"(?<name>\w+)=(?<value>\S*)")]
    private static partial Regex Variable();
}
