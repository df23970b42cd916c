using System.Net;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Bench;

/// <summary>What a run in a process of its own took.</summary>
/// <param name="ImagesPerSecond">Its training speed.</param>
/// <param name="ProcessorSeconds">Processor time of the whole process.</param>
/// <param name="Seconds">From the start of the process to its end.</param>
public sealed record WatchedRun(double ImagesPerSecond, double ProcessorSeconds, double Seconds)
{
    private static readonly TimeSpan ScrapePeriod = TimeSpan.FromSeconds(1);
    private static readonly HttpClient Http = new();

    /// <summary>Trains, and watches it.</summary>
    /// <param name="watch">How.</param>
    /// <param name="options">What is trained.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<WatchedRun> Measure(Watch watch, IEnumerable<string> options, CancellationToken stop)
    {
        using var collector = watch == Watch.Pushing ? Listen() : null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        int port = new FreePorts().Any();
        string[] http = watch == Watch.Unwatched ? ["--no-http"] : ["--http", $"127.0.0.1:{port}"];
        Dictionary<string, string> environment = [];
        if (collector is not null)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Prefixes.Single().TrimEnd('/');
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        }

        var scraping = watch == Watch.Unwatched ? Task.CompletedTask : Scrape(port, end.Token);
        var (run, process) = await TrainedRun.Train([.. http, .. options], environment, stop);
        end.Cancel();
        await scraping;
        return new WatchedRun(run.ImagesPerSecond, process.ProcessorSeconds, process.Seconds);
    }

    private static async Task Scrape(int port, CancellationToken end)
    {
        using var timer = new PeriodicTimer(ScrapePeriod);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                try
                {
                    await Http.GetByteArrayAsync(new Uri($"http://127.0.0.1:{port}/metrics"), end);
                }
                catch (HttpRequestException)
                {
                    // Its process begins or ends.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    /// <summary>Takes all that is pushed.</summary>
    private static HttpListener Listen()
    {
        var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{new FreePorts().Any()}/");
        listener.Start();
        _ = Answer();
        return listener;

        async Task Answer()
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    await context.Request.InputStream.CopyToAsync(Stream.Null);
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // It is over.
            }
        }
    }
}
