using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace MnistDistributed.Compat.Tests.Web;

public sealed class MetricsTests
{
    private const string Expected = """
        # TYPE images_per_second gauge
        # HELP images_per_second Speed
        images_per_second{otel_scope_name="NAME",otel_scope_version="1.0"} 1234.5678901234567
        # TYPE loss_ratio gauge
        loss_ratio{otel_scope_name="NAME",otel_scope_version="1.0"} NaN
        # TYPE pushed_bytes_total counter
        # HELP pushed_bytes_total Bytes\nand "more" \\
        pushed_bytes_total{otel_scope_name="NAME",otel_scope_version="1.0",is_late="true",share="0.5"} 1.5
        # TYPE step_duration_seconds histogram
        # HELP step_duration_seconds How long
        step_duration_seconds_bucket{otel_scope_name="NAME",otel_scope_version="1.0",le="0.25"} 1
        step_duration_seconds_bucket{otel_scope_name="NAME",otel_scope_version="1.0",le="1"} 1
        step_duration_seconds_bucket{otel_scope_name="NAME",otel_scope_version="1.0",le="+Inf"} 2
        step_duration_seconds_sum{otel_scope_name="NAME",otel_scope_version="1.0"} 2.125
        step_duration_seconds_count{otel_scope_name="NAME",otel_scope_version="1.0"} 2
        # TYPE steps_total counter
        # HELP steps_total Steps done
        steps_total{otel_scope_name="NAME",otel_scope_version="1.0"} 3
        steps_total{otel_scope_name="NAME",otel_scope_version="1.0",worker="a\"b\\\n"} 4
        # TYPE workers gauge
        workers{otel_scope_name="NAME",otel_scope_version="1.0"} 3

        """;

    [Fact]
    public async Task Prometheus_reads_every_kind_of_instrument()
    {
        var name = "Compat.Tests." + Guid.NewGuid().ToString("n");
        await using var app = Build(name);
        app.MapPrometheusScrapingEndpoint();
        await app.StartAsync();
        using var meter = new Meter(name, "1.0");
        Record(meter);
        var text = await ScrapeAsync(app);
        Assert.Contains("target_info{service_name=\"silo\",service_instance_id=\"first\"", text, StringComparison.Ordinal);
        Assert.EndsWith(Expected.Replace("NAME", name, StringComparison.Ordinal), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_endpoint_needs_no_routing()
    {
        await using var app = Build("Compat.Tests.None");
        app.UseOpenTelemetryPrometheusScrapingEndpoint();
        await app.StartAsync();
        Assert.Contains("target_info", await ScrapeAsync(app), StringComparison.Ordinal);
    }

    private static WebApplication Build(string meter)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("silo", serviceInstanceId: "first"))
            .WithMetrics(metrics => metrics
                .AddMeter(meter)
                .AddView("step.duration", new ExplicitBucketHistogramConfiguration { Boundaries = [0.25, 1] })
                .AddPrometheusExporter());
        return builder.Build();
    }

    private static void Record(Meter meter)
    {
        var steps = meter.CreateCounter<long>("steps", "{step}", "Steps done");
        steps.Add(3);
        steps.Add(4, new KeyValuePair<string, object?>("worker", "a\"b\\\n"));
        meter.CreateCounter<double>("pushed", "By", "Bytes\nand \"more\" \\")
            .Add(1.5, new KeyValuePair<string, object?>("is.late", true), new KeyValuePair<string, object?>("share", 0.5));
        var workers = meter.CreateUpDownCounter<int>("workers", "{worker}");
        workers.Add(5);
        workers.Add(-2);
        meter.CreateGauge<double>("images_per_second", "{image}/s", "Speed").Record(1234.5678901234567);
        meter.CreateObservableGauge("loss.ratio", () => double.NaN, "1");
        var duration = meter.CreateHistogram<double>("step.duration", "s", "How long");
        duration.Record(0.125);
        duration.Record(2);
    }

    private static async Task<string> ScrapeAsync(WebApplication app)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri(app.Urls.Single() + "/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        return await response.Content.ReadAsStringAsync();
    }
}
