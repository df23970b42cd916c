namespace MnistDistributed.Model;

/// <summary>Text from outside, fit for an error's one line.</summary>
public static class OneLine
{
    private const int BriefLength = 200;

    /// <summary>The text with its control characters, line ends among them, replaced.</summary>
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>All of a text of several lines on one.</summary>
    public static string Joined(string text) => Of(text.ReplaceLineEndings(" "));

    /// <summary>The text's first line, cut where it is long: libraries put whole requests and stacks into their messages.</summary>
    public static string Brief(string text)
    {
        string line = Of(text.Split('\n', 2)[0].TrimEnd());
        return line.Length <= BriefLength ? line : $"{line[..BriefLength]} ...";
    }
}
