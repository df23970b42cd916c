using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>Takes up renewed files while a program runs, and says what is to be said of them.</summary>
/// <param name="tls">The files.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to say it.</param>
public sealed partial class TlsWatch(ClusterTls tls, TimeProvider time, ILogger<TlsWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            try
            {
                foreach (var news in tls.Look())
                    Log(news.Level, news.Line);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
            {
                // Files that are just being put in others' places; the old ones stay in use.
                Log(LogLevel.Warning, $"The TLS files cannot be looked at: {OneLine.Brief(e.Message)}");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Message = "{Line}")]
    private partial void Log(LogLevel level, string line);
}
