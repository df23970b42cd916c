using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Digits;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Output;
using MnistDistributed.Model;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>What goes wrong in a command becomes one line on standard error and an exit code.</summary>
public static class CommandErrors
{
    /// <summary>Exit code of a command that failed: bad data, a damaged file, a run that cannot go on.</summary>
    public const int Failure = 1;

    /// <summary>Exit code of a command that was called in a way that cannot work.</summary>
    public const int Usage = 2;

    /// <summary>Exit code of a training that ended, to be resumed, because too few workers took part for too long.</summary>
    public const int TooFewWorkers = 3;

    /// <summary>Exit code of a command that was stopped, as of a shell's on Ctrl-C; another signal has its own.</summary>
    public const int Stopped = StopSignals.Interrupted;

    /// <summary>Parses the arguments and runs the command they name.</summary>
    /// <param name="root">The root command.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="configuration">Where output and errors go.</param>
    /// <param name="cancellationToken">Stops the command.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        Command root, IReadOnlyList<string> arguments, InvocationConfiguration configuration, CancellationToken cancellationToken = default)
    {
        configuration.EnableDefaultExceptionHandler = false;
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            string help = string.Join(' ', CommandPath(parsed).Append("--help"));
            configuration.Error.WriteLine(
                $"{string.Join(' ', parsed.Errors.Select(error => OneLine.Joined(error.Message)))} See ./mnist {help}");
            return Usage;
        }
        bool isPrinting = OnlyPrints(parsed);
        StandardOutput.MayLoseReader = isPrinting;
        try
        {
            int code = await parsed.InvokeAsync(configuration, cancellationToken);
            return code == 0 && isPrinting && StandardOutput.Loss is { IsReaderGone: false } ? Failure : code;
        }
        catch (Exception error)
        {
            return Tell(error, configuration.Error);
        }
    }

    /// <summary>Says why a command ends.</summary>
    /// <returns>Its exit code.</returns>
    public static int Tell(Exception error, TextWriter output)
    {
        int? code = CodeOf(error);
        output.WriteLine(code switch
        {
            // What nobody foresaw is a defect, and its stack is what helps to mend it.
            null => error.ToString(),
            Stopped => "Stopped.",
            _ => OneLine.Joined(error.Message),
        });
        return code ?? Failure;
    }

    private static int? CodeOf(Exception error) => error switch
    {
        UsageException => Usage,
        QuorumException => TooFewWorkers,
        ClusterException or DataException or ImageException or RunFailedException or InvalidDataException or IOException
            or UnauthorizedAccessException
            or DllNotFoundException => Failure,
        OperationCanceledException => Stopped,
        _ => null,
    };

    /// <summary>Whether what is printed is all that comes of a command: help does, whatever it is the help of.</summary>
    private static bool OnlyPrints(ParseResult parsed) =>
        parsed.CommandResult.Command is var command && (command is PrintingCommand || parsed.Action != command.Action);

    private static Stack<string> CommandPath(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var result = parsed.CommandResult; result.Parent is CommandResult parent; result = parent)
            names.Push(result.Command.Name);
        return names;
    }
}
