using System.Globalization;
using System.Text;

namespace MnistDistributed.Model.Data;

/// <summary>What the classes of a data set are called wherever a person sees one: letters, clothes; or their numbers.</summary>
public sealed class LabelNames
{
    private const int MaxBytes = 64 << 10;
    private const int MaxLength = 40;

    private readonly string[] _names;

    private LabelNames(string[] names) => _names = names;

    /// <summary>Classes without names: their labels.</summary>
    public static LabelNames Numbers { get; } = new([]);

    /// <summary>The names by label; empty where the classes have none.</summary>
    public IReadOnlyList<string> All => _names;

    /// <summary>The name of a class.</summary>
    /// <param name="label">The label, from 0.</param>
    public string this[int label] => label < _names.Length ? _names[label] : label.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads names from a file: one a line, in the order of the labels, an empty line for a label that needs none; or NIST's
    /// <c>emnist-*-mapping.txt</c>, lines of a label and the code of a character (of more codes the first counts).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="DataException">The file cannot be read, or does not name these classes.</exception>
    public static LabelNames Read(string path, int classes)
    {
        string[] lines = Lines(path);
        string[]? mapped = Mapped(path, lines, classes);
        string[] names = mapped ?? lines;
        if (names.Length != classes)
            throw new DataException($"{path}: {names.Length} names for {classes} classes, of labels 0 to {classes - 1}; give one a line, "
                + "an empty line for a label that needs none, or NIST's mapping file of the data set.");
        var named = Of(names);
        return Problem(named) is { } problem ? throw new DataException($"{path}: {problem}") : named;
    }

    /// <summary>Names that a program wrote.</summary>
    /// <param name="names">By label; an empty one stands for the label's number.</param>
    public static LabelNames Of(IEnumerable<string> names) => new([.. names.Select((name, label) =>
        name.Length > 0 ? name : label.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>What is wrong with names from outside, as the end of a sentence; null if nothing is.</summary>
    public static string? Problem(LabelNames names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int label = 0; label < names._names.Length; label++)
        {
            string name = names._names[label];
            if (name.Length > MaxLength || name.Any(char.IsControl))
                return $"the name of label {label}, '{OneLine.Brief(name)}', has to be of at most {MaxLength} characters, none of them a "
                    + "control character.";
            if (!seen.Add(name))
                return $"two labels are called '{name}', the second of them {label}; each needs a name of its own.";
        }

        return null;
    }

    private static string[] Lines(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!stream.CanSeek || stream.Length > MaxBytes)
                throw new DataException($"{path}: it has to be a text file of at most {MaxBytes >> 10} KiB with a name a line.");
            using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            string text = reader.ReadToEnd().ReplaceLineEndings("\n");
            return [.. (text.EndsWith('\n') ? text[..^1] : text).Split('\n').Select(line => line.Trim())];
        }
        catch (DecoderFallbackException error)
        {
            throw new DataException($"{path}: it is not a text file in UTF-8.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The names of a mapping; null if the lines are none: each would be a label and the code of a character, or more.</summary>
    private static string[]? Mapped(string path, string[] lines, int classes)
    {
        string[] used = [.. lines.Where(line => line.Length > 0)];
        int[]?[] rows = [.. used.Select(Numbered)];
        if (used.Length == 0 || rows.Any(row => row is null))
            return null;
        string[] names = new string[classes];
        Array.Fill(names, "");
        foreach (int[]? row in rows)
        {
            int label = row![0], code = row[1];
            if (label >= classes)
                throw new DataException($"{path}: it maps label {label}, and the data set has labels 0 to {classes - 1}: it is "
                    + "that of another.");
            names[label] = Rune.IsValid(code) ? new Rune(code).ToString()
                : throw new DataException($"{path}: {code} is the code of no character.");
        }

        return names;
    }

    private static int[]? Numbered(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        int[] numbers = [.. words.Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers.Length >= 2 && !numbers.Contains(-1) ? numbers : null;
    }
}
