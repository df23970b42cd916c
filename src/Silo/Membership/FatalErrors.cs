using MnistDistributed.Model;

namespace MnistDistributed.Silo.Membership;

/// <summary>
/// The end of a silo that Orleans gives up: above all one that the others have declared dead while it stood still. Nobody listens to it any
/// more, so there is nothing to hand over.
/// </summary>
/// <param name="options">Which silo it is.</param>
public sealed class FatalErrors(SiloOptions options) : IFatalErrorHandler
{
    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <summary>Ends the process at once, with one line and exit code 1. Orleans' own handler dumps core.</summary>
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        // What membership decides comes without an exception.
        string why = exception is null
            ? "the others have declared it dead, since it stood still or could not be reached. Started again, it joins the cluster anew."
            : OneLine.Brief($"{context}: {exception.GetBaseException().Message}");
        Console.Error.WriteLine($"Silo {options.Name} ends: {why}");
        Environment.Exit(1);
    }
}
