using System.Diagnostics;

namespace MnistDistributed.Testing;

/// <summary>
/// Ends the processes that the tests left, also where the process of the tests is killed itself: a shell that is told of each process, and
/// kills those that are left when its input ends.
/// </summary>
internal static class Reaper
{
    private const string Script = """
        trap '' INT TERM HUP
        left=' '
        while read -r sign id; do
          if [ "$sign" = + ]; then left="$left$id "; else left=${left/ $id / }; fi
        done
        [ "$left" = ' ' ] || kill -KILL $left
        """;

    private static readonly Lazy<Process> Shell = new(() =>
        Process.Start(new ProcessStartInfo("bash", ["-c", Script]) { RedirectStandardInput = true })!);

    public static void Began(int id) => Tell($"+ {id}");

    public static void Ended(int id) => Tell($"- {id}");

    private static void Tell(string what)
    {
        if (OperatingSystem.IsWindows())
            return;
        var input = Shell.Value.StandardInput;
        lock (input)
        {
            input.WriteLine(what);
            input.Flush();
        }
    }
}
