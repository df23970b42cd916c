using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Telemetry;

namespace MnistDistributed.Grains.Tests.Telemetry;

/// <summary>What a process exports that serves one run after the other.</summary>
public sealed class ExportTests : IAsyncDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(60);
    private static readonly HttpClient Http = new();

    private readonly FakeTimeProvider _time = new();
    private readonly string _url = $"http://127.0.0.1:{Ports.Free()}";
    private readonly string _name = Guid.NewGuid().ToString();
    private readonly RunMeters _meters;
    private readonly WebApplication _app;

    public ExportTests()
    {
        _meters = new RunMeters(_time, Linger);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(_url);
        builder.AddTelemetry("mnist-test");
        _app = builder.Build();
        _app.MapPrometheusScrapingEndpoint();
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task At_its_thousandth_run_it_exports_no_more_than_at_its_tenth()
    {
        await _app.StartAsync(TestContext.Current.CancellationToken);
        List<int> series = [];
        for (int run = 1; run <= 1000; run++)
        {
            string name = $"{_name}-{run}";
            var meter = _meters.Take(name);
            for (int worker = 0; worker < 4; worker++)
            {
                meter.Of($"{name}/silo-1/{worker}").Waited(TimeSpan.FromMilliseconds(1));
                meter.Of($"{name}/silo-1/{worker}").Computed(TimeSpan.FromMilliseconds(5), 8);
            }

            meter.Transmitted(1);
            meter.Received(1);
            _ = meter.Protocol;
            _meters.Release(name);
            if (run % 10 == 0)
                series.Add(await Series());
            _time.Advance(Linger / 4);
        }

        Assert.NotEqual(0, Assert.Single(series.Distinct()));
        _time.Advance(Linger);
        Assert.Equal(0, await Series());
    }

    /// <summary>How many series of these runs are exported. What ended just before is exported once more.</summary>
    private async Task<int> Series()
    {
        await Http.GetStringAsync(new Uri($"{_url}/metrics"), TestContext.Current.CancellationToken);
        string metrics = await Http.GetStringAsync(new Uri($"{_url}/metrics"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("otel_metric_overflow", metrics, StringComparison.Ordinal);
        return metrics.Split('\n').Count(line => line.Contains(_name, StringComparison.Ordinal));
    }
}
