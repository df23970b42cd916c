using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace MnistDistributed.Silo.Tests;

/// <summary>A silo whose metrics nobody scrapes.</summary>
public class SelfScrapeTests
{
    [Fact]
    public async Task It_looks_at_its_own_metrics_once_a_minute_also_when_one_look_fails()
    {
        var time = new FakeTimeProvider();
        int port = Ports.Free();
        using var scrape = new SelfScrape(new SiloOptions { HttpAddress = IPAddress.Any, HttpPort = port }, time);
        await scrape.StartAsync(TestContext.Current.CancellationToken);
        // Nobody answers this one.
        time.Advance(TimeSpan.FromMinutes(1));
        using var listener = new HttpListener();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        for (int look = 0; look < 2; look++)
        {
            var asked = listener.GetContextAsync();
            while (!asked.IsCompleted)
            {
                // The look before may not have ended yet, and would then miss its time.
                time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }

            var context = await asked;
            Assert.Equal("/metrics", context.Request.Url!.AbsolutePath);
            context.Response.Close();
        }

        await scrape.StopAsync(TestContext.Current.CancellationToken);
    }
}
