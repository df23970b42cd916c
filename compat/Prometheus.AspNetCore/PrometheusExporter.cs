using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter;

/// <summary>Collects when it is asked, and writes down what it gets.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    private readonly Lock gate = new();
    private string text = "";

    public Func<int, bool>? Collect { get; set; }

    /// <summary>All metrics as they are now.</summary>
    public string Scrape()
    {
        lock (gate)
            return Collect is not null && Collect(Timeout.Infinite) ? text : throw new InvalidOperationException("The metrics could not be collected.");
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var metrics = new List<Metric>();
        foreach (var metric in batch)
            metrics.Add(metric);
        text = PrometheusText.Write(ParentProvider!.GetResource(), metrics);
        return ExportResult.Success;
    }
}
