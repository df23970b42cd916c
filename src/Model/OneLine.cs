using System.Text.RegularExpressions;

namespace MnistDistributed.Model;

/// <summary>Text from outside, fit for an error's one line, without the users and passwords that URLs have.</summary>
public static partial class OneLine
{
    private const int BriefLength = 200;

    /// <summary>The text with its control characters, line ends among them, replaced.</summary>
    public static string Of(string text) =>
        string.Concat(UserInfo.Replace(text, "*****").Select(c => char.IsControl(c) ? '?' : c));

    /// <summary>All of a text of several lines on one.</summary>
    public static string Joined(string text) => Of(text.ReplaceLineEndings(" ").Replace('\t', ' '));

    /// <summary>The text's first line, cut where it is long: libraries put whole requests and stacks into their messages.</summary>
    public static string Brief(string text)
    {
        string line = Of(text.Split('\n', 2)[0].TrimEnd());
        return line.Length <= BriefLength ? line : $"{line[..BriefLength]} ...";
    }

    [GeneratedRegex(@"(?<=://)[^/\s'""]+(?=@)")]
    private static partial Regex UserInfo { get; }
}
