using System.CommandLine;
using System.CommandLine.Parsing;

namespace MnistDistributed.Grains.Hosting;

/// <summary>What the command lines of all programs are checked for, where they enter.</summary>
public static class OptionExtensions
{
    /// <summary>Refuses empty text, which is what a shell makes of a variable that is not set.</summary>
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

    /// <summary>Whether a person gave an option, rather than leave its default.</summary>
    public static bool IsGiven(this ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    /// <summary>The number that was given, or the option's default.</summary>
    /// <exception cref="UsageException">It is less than <paramref name="least"/>, or more than <paramref name="most"/>.</exception>
    public static int GetNumber(this ParseResult arguments, Option<int> option, int least, int most = int.MaxValue)
    {
        int value = arguments.GetRequiredValue(option);
        if (value >= least && value <= most)
            return value;
        throw new UsageException($"{option.Name} {value}: give {(most == int.MaxValue ? $"{least} at least" : $"{least} to {most}")}.");
    }

    private static void Check(SymbolResult result, string name, string give)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            result.AddError($"{name} is empty; give {give}.");
    }
}
