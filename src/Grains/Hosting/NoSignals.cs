using Microsoft.Extensions.Hosting;

namespace MnistDistributed.Grains.Hosting;

/// <summary>
/// A host's lifetime that leaves Ctrl-C and SIGTERM to the program: a host inside
/// it ends when it is disposed of, not before the program has put things in order.
/// </summary>
public sealed class NoSignals : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
