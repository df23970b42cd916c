using System.Globalization;
using System.Text.RegularExpressions;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>One fault of a plan.</summary>
/// <param name="Epoch">After the end of which epoch, from 1.</param>
/// <param name="Steps">How many steps later, at least.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Target">Whom it is sent: server, worker or coordinator.</param>
internal sealed partial record PlannedSignal(int Epoch, int Steps, string Signal, string Target)
{
    public static PlannedSignal Parse(string text)
    {
        var match = Form().Match(text);
        Assert.True(match.Success, $"'{text}' is no planned signal.");
        return new(Number(1), Number(2), match.Groups[3].Value, match.Groups[4].Value);

        int Number(int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    public override string ToString() => $"{Epoch}+{Steps} {Signal} {Target}";

    [GeneratedRegex(@"^(\d+)\+(\d+) (KILL|STOP|TERM) (server|worker|coordinator)$")]
    private static partial Regex Form();
}
