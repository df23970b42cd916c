using System.CommandLine;
using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>The program's command line, run in the tests' process.</summary>
internal static class CommandLine
{
    /// <summary>All commands that do something, by the words that call them.</summary>
    public static IEnumerable<string> All => Below("", MnistCommand.Create());

    /// <summary>Runs the program.</summary>
    public static Task<(int Code, string Output, string Error)> Run(params string[] arguments) => Run(MnistCommand.Create(), arguments);

    /// <summary>Runs a command of it.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(Command root, params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        var configuration = new InvocationConfiguration { Output = output, Error = error };
        int code = await CommandErrors.RunAsync(root, arguments, configuration, TestContext.Current.CancellationToken);
        return (code, output.ToString().ReplaceLineEndings("\n"), error.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>Holds standard error to be one line that says this.</summary>
    public static void AssertOneLine(string error, string says)
    {
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> Below(string path, Command command) => command.Subcommands.Count == 0 ? [path.TrimStart()]
        : command.Subcommands.SelectMany(below => Below($"{path} {below.Name}", below));
}
