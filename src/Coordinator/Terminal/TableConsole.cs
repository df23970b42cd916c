using Spectre.Console;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>Where tables are printed.</summary>
public static class TableConsole
{
    private const int PlainWidth = 250;

    /// <summary>A console over a command's output.</summary>
    public static IAnsiConsole For(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        // What is read by a program, or from a file, is not broken at a width that nobody sees.
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = PlainWidth;
        return console;
    }
}
