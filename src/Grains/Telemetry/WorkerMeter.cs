using System.Diagnostics.Metrics;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>One worker's part of a <see cref="RunMeter"/>. It measures without allocating.</summary>
public readonly struct WorkerMeter
{
    private readonly Tag _run;
    private readonly Tag _worker;
    private readonly Histogram<double> _compute;
    private readonly Histogram<double> _wait;
    private readonly Counter<long> _images;

    internal WorkerMeter(Tag run, Tag worker, Histogram<double> compute, Histogram<double> wait, Counter<long> images) =>
        (_run, _worker, _compute, _wait, _images) = (run, worker, compute, wait, images);

    /// <summary>The worker has an order.</summary>
    /// <param name="wait">How long it waited for it.</param>
    public void Waited(TimeSpan wait) => _wait.Record(wait.TotalSeconds, _run, _worker);

    /// <summary>The worker has computed the gradients of an order.</summary>
    /// <param name="time">How long it took.</param>
    /// <param name="images">How many images they are of.</param>
    public void Computed(TimeSpan time, int images)
    {
        _compute.Record(time.TotalSeconds, _run, _worker);
        _images.Add(images, _run, _worker);
    }
}
