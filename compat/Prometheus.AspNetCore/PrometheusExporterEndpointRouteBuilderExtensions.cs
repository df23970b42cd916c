using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves metrics at an endpoint.</summary>
public static class PrometheusExporterEndpointRouteBuilderExtensions
{
    /// <summary>Serves metrics at <c>/metrics</c>.</summary>
    /// <param name="endpoints">The application's endpoints.</param>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPrometheusScrapingEndpoint("/metrics");

    /// <summary>Serves metrics.</summary>
    /// <param name="endpoints">The application's endpoints.</param>
    /// <param name="path">Where.</param>
    public static IEndpointConventionBuilder MapPrometheusScrapingEndpoint(this IEndpointRouteBuilder endpoints, string path) =>
        endpoints.MapGet(path, WriteAsync);

    internal static async Task WriteAsync(HttpContext context)
    {
        // The reader is made with the provider.
        context.RequestServices.GetRequiredService<MeterProvider>();
        var text = context.RequestServices.GetRequiredService<PrometheusExporter>().Scrape();
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}
