using System.Diagnostics.Metrics;

namespace MnistDistributed.Model.Telemetry;

/// <summary>The buckets of histograms of time, fit for steps and orders of 1 ms to 10 s.</summary>
public static class Buckets
{
    /// <summary>Upper bounds, in seconds.</summary>
    public static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
    };
}
