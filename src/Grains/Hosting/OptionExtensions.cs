using System.CommandLine;
using System.CommandLine.Parsing;
using MnistDistributed.Model;

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

    /// <summary>
    /// Takes what is not on the command line from the option's environment variable, and only then its default: for <c>--silo-port</c>
    /// that is <c>MNIST_SILO_PORT</c>. An empty variable is none.
    /// </summary>
    public static Option<T> OrEnvironment<T>(this Option<T> option)
        where T : class?
    {
        var otherwise = option.DefaultValueFactory;
        option.DefaultValueFactory = result => (T)(object?)FromEnvironment(option.Name)! ?? otherwise?.Invoke(result)!;
        option.Description += $" May be given as {VariableOf(option.Name)}.";
        return option;
    }

    /// <summary>A switch, which is on where its environment variable says true or 1, too.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What help says of it.</param>
    public static Option<bool> Flag(string name, string description)
    {
        var option = new Option<bool>(name) { Description = $"{description} May be given as {VariableOf(name)}." };
        option.DefaultValueFactory = result =>
        {
            string? text = FromEnvironment(name)?.ToLowerInvariant();
            if (text is not (null or "1" or "true" or "0" or "false"))
                result.AddError($"{VariableOf(name)} {OneLine.Of(text)}: give true or false.");
            return text is "1" or "true";
        };
        return option;
    }

    /// <summary>What an option's environment variable holds; null if it is not set, or empty.</summary>
    public static string? FromEnvironment(string option) =>
        Environment.GetEnvironmentVariable(VariableOf(option)) is { } value && value.Trim().Length > 0 ? value.Trim() : null;

    /// <summary>The environment variable of an option.</summary>
    public static string VariableOf(string option) => "MNIST_" + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    private static void Check(SymbolResult result, string name, string give)
    {
        if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            result.AddError($"{name} is empty; give {give}.");
    }
}
