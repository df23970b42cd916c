using System.Text.RegularExpressions;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>
/// Words of commands that people are told to type: paths may hold spaces, and characters that a shell would take for its own.
/// </summary>
public static partial class ShellWord
{
    /// <summary>A text as one word, in double quotes where it has to be.</summary>
    public static string Of(string text)
    {
        if (Plain().IsMatch(text))
            return text;
        return OperatingSystem.IsWindows() ? $"\"{text}\"" : $"\"{Special().Replace(text, @"\$0")}\"";
    }

    [GeneratedRegex(@"^[\w./:,+@%=~\\-]+$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"[\\""$`]")]
    private static partial Regex Special();
}
