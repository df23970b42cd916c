using System.Diagnostics;
using System.Net;
using System.Text.Json;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Bench;

/// <summary>What a run in a process of its own took.</summary>
/// <param name="ImagesPerSecond">Its training speed.</param>
/// <param name="ProcessorSeconds">Processor time of the whole process.</param>
/// <param name="Seconds">From the start of the process to its end.</param>
public sealed record WatchedRun(double ImagesPerSecond, double ProcessorSeconds, double Seconds)
{
    private static readonly TimeSpan ScrapePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(20);
    private static readonly HttpClient Http = new();

    /// <summary>Trains, and watches it.</summary>
    /// <param name="watch">How.</param>
    /// <param name="options">What is trained.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<WatchedRun> Measure(Watch watch, IEnumerable<string> options, CancellationToken stop)
    {
        string folder = Directory.CreateTempSubdirectory("mnist-bench-").FullName;
        using var collector = watch == Watch.Pushing ? Listen() : null;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            int port = new FreePorts().Any();
            string[] http = watch == Watch.Unwatched ? ["--no-http"] : ["--http", $"127.0.0.1:{port}"];
            var start = new ProcessStartInfo(SiloProgram.DotNet,
                [Path.Combine(AppContext.BaseDirectory, "MnistDistributed.Coordinator.dll"), "train", "--out", folder, .. http, .. options])
                { RedirectStandardOutput = true, RedirectStandardError = true };
            if (collector is not null)
            {
                start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Prefixes.Single().TrimEnd('/');
                start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            }

            long began = Stopwatch.GetTimestamp();
            using var process = Process.Start(start)!;
            var scraping = watch == Watch.Unwatched ? Task.CompletedTask : Scrape(port, end.Token);
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var error = process.StandardError.ReadToEndAsync(stop);
            var processor = await ProcessorTime(process, stop);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            end.Cancel();
            await scraping;
            if (process.ExitCode != 0)
                throw new RunFailedException($"A run that was measured ended with exit code {process.ExitCode}: {(await error).Trim()}");
            await output;
            return new WatchedRun(ImagesPerSecondOf(folder), processor.TotalSeconds, seconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Waits for the end of a process, and looks at its processor time until then: afterwards nobody tells.</summary>
    private static async Task<TimeSpan> ProcessorTime(Process process, CancellationToken stop)
    {
        var seen = TimeSpan.Zero;
        var end = process.WaitForExitAsync(stop);
        while (!end.IsCompleted)
        {
            try
            {
                process.Refresh();
                seen = process.TotalProcessorTime;
            }
            catch (InvalidOperationException)
            {
                // It has just ended.
            }

            await Task.WhenAny(end, Task.Delay(LookPeriod, stop));
        }

        await end;
        return seen;
    }

    private static double ImagesPerSecondOf(string folder)
    {
        string run = Directory.GetDirectories(folder).Single();
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "metrics.json")));
        return json.RootElement.GetProperty("trainImagesPerSecond").GetDouble();
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
