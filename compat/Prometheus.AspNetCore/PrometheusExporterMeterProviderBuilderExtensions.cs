using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Exporter;

namespace OpenTelemetry.Metrics;

/// <summary>Exports metrics to Prometheus.</summary>
public static class PrometheusExporterMeterProviderBuilderExtensions
{
    /// <summary>Keeps metrics for Prometheus to fetch; the application maps the endpoint.</summary>
    /// <param name="builder">The meter provider's builder.</param>
    public static MeterProviderBuilder AddPrometheusExporter(this MeterProviderBuilder builder) => builder
        .ConfigureServices(services => services.TryAddSingleton<PrometheusExporter>())
        .AddReader(services => new BaseExportingMetricReader(services.GetRequiredService<PrometheusExporter>())
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Cumulative,
        });
}
