using Microsoft.AspNetCore.Http;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves metrics in a pipeline without endpoints.</summary>
public static class PrometheusExporterApplicationBuilderExtensions
{
    /// <summary>Serves metrics at <c>/metrics</c>.</summary>
    /// <param name="app">The application.</param>
    public static IApplicationBuilder UseOpenTelemetryPrometheusScrapingEndpoint(this IApplicationBuilder app) =>
        app.MapWhen(
            context => context.Request.Path == new PathString("/metrics"),
            branch => branch.Run(PrometheusExporterEndpointRouteBuilderExtensions.WriteAsync));
}
