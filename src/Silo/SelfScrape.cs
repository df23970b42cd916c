using System.Net;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo;

/// <summary>
/// The silo's own look at its metrics, once a minute. OpenTelemetry lets the series of a run that is over go only when somebody looks;
/// where nobody does, those of one run after the other would be kept until there is no room for more.
/// </summary>
/// <param name="options">Where the silo answers.</param>
/// <param name="time">The clock.</param>
public sealed class SelfScrape(SiloOptions options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var metrics = new Uri($"http://{HealthCommand.Local(new IPEndPoint(options.HttpAddress, options.HttpPort))}/metrics");
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                using var answer = await Http.GetAsync(metrics, stoppingToken);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stoppingToken.IsCancellationRequested)
            {
                // A machine that is too busy to answer now is asked again.
            }
        }
    }
}
