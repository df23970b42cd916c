using System.CommandLine;
using System.CommandLine.Parsing;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>What every path on the command line is checked for.</summary>
public static class PathArguments
{
    /// <summary>Refuses the empty path, which is what a shell makes of a variable that is not set.</summary>
    /// <param name="option">The option.</param>
    /// <param name="give">What to give instead, for the error's line.</param>
    public static Option<T> NotEmpty<T>(this Option<T> option, string give = "a path")
    {
        option.Validators.Add(result => Check(result, option.Name, give));
        return option;
    }

    /// <summary>Refuses the empty path.</summary>
    public static Argument<T> NotEmpty<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result => Check(result, argument.Name, "a path"));
        return argument;
    }

    private static void Check(SymbolResult result, string name, string give)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
            result.AddError($"{name} is empty; give {give}.");
    }
}
