namespace MnistDistributed.Silo.Membership;

/// <summary>
/// The wait for whoever keeps the cluster's membership, with a growing pause between two tries. It starts before the silo, which starts
/// when it is over.
/// </summary>
/// <param name="ask">Asks whether it is there: why not, as one line; null if it is.</param>
/// <param name="patience">How long to wait.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to say it.</param>
public sealed partial class MembershipWait(
    Func<CancellationToken, Task<string?>> ask, TimeSpan patience, TimeProvider time, ILogger<MembershipWait> logger) : IHostedService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(30);

    private volatile string? _problem;

    /// <summary>What it waits for, as one line; null if nothing is wrong.</summary>
    public string? Problem => _problem;

    /// <summary>Waits.</summary>
    /// <exception cref="IOException">It took too long.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        var (pause, sayAt) = (FirstPause, TimeSpan.Zero);
        while (true)
        {
            _problem = await ask(cancellationToken);
            if (_problem is null)
                return;
            var waited = time.GetElapsedTime(began);
            var left = patience - waited;
            if (left <= TimeSpan.Zero)
                throw new IOException(_problem);
            if (waited >= sayAt)
            {
                LogWaiting(patience.TotalSeconds, _problem);
                sayAt = waited + SaidEvery;
            }

            await Task.Delay(Least(pause, left), time, cancellationToken);
            pause = Least(2 * pause, LongestPause);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo waits up to {Patience:0.#} s: {Problem}")]
    private partial void LogWaiting(double patience, string problem);
}
