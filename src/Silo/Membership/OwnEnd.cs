namespace MnistDistributed.Silo.Membership;

/// <summary>
/// The end of a silo that nobody told to end: it hands over and goes as if it had been told, but says why and exits with 1.
/// </summary>
/// <param name="lifetime">Of the process.</param>
public sealed class OwnEnd(IHostApplicationLifetime lifetime)
{
    private volatile string? _reason;

    /// <summary>Why it ends, as one line; null if it does not, or was told to.</summary>
    public string? Reason => _reason;

    /// <summary>Ends the silo, unless it ends already.</summary>
    /// <param name="reason">Why, as one line.</param>
    public void Because(string reason)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return;
        _reason = reason;
        lifetime.StopApplication();
    }
}
