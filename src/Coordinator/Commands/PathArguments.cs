using System.CommandLine;
using System.CommandLine.Parsing;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>What every path on the command line is checked for.</summary>
public static class PathArguments
{
    /// <summary>Refuses the empty path, which is what a shell makes of a variable that is not set.</summary>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(result => Check(result, option.Name));
        return option;
    }

    /// <inheritdoc cref="NotEmpty{T}(Option{T})"/>
    public static Argument<T> NotEmpty<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result => Check(result, argument.Name));
        return argument;
    }

    private static void Check(SymbolResult result, string name)
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
            result.AddError($"{name} is empty; give a path.");
    }
}
