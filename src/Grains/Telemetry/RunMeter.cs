using System.Diagnostics.Metrics;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Telemetry;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>What a process measures of one run that it holds workers or the parameter server of.</summary>
public sealed class RunMeter : IDisposable
{
    /// <summary>The name of the meters.</summary>
    public const string Name = "MnistDistributed.Grains";

    private readonly Meter _meter;
    private readonly Lazy<ProtocolMeter> _protocol;
    private readonly KeyValuePair<string, object?> _run;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _compute;
    private readonly Histogram<double> _wait;
    private readonly Counter<long> _images;

    /// <summary>Registers the instruments of a run.</summary>
    /// <param name="run">The run.</param>
    public RunMeter(string run)
    {
        _run = new("run", run);
        _protocol = new Lazy<ProtocolMeter>(() => new ProtocolMeter(run));
        _meter = new Meter(new MeterOptions(Name) { Tags = [_run] });
        _bytes = _meter.CreateCounter<long>(
            "mnist.payload", "By", "Bytes of weights that the parameter server transmits to workers, and of gradients that it receives.");
        _compute = _meter.CreateHistogram(
            "mnist.worker.compute.duration", "s", "Time in which a worker computed the gradients of one order.", null, Buckets.Seconds);
        _wait = _meter.CreateHistogram(
            "mnist.worker.wait.duration", "s", "Time that a worker waited for its next order.", null, Buckets.Seconds);
        _images = _meter.CreateCounter<long>(
            "mnist.worker.images", "{image}", "Training images whose gradient a worker computed, whether it counts or not.");
    }

    /// <summary>What is measured where the parameter server is; a process that never asks for it exports nothing of it.</summary>
    public ProtocolMeter Protocol => _protocol.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        _meter.Dispose();
        if (_protocol.IsValueCreated)
            _protocol.Value.Dispose();
    }

    /// <summary>The parameter server sent weights.</summary>
    public void Transmitted(long bytes) => _bytes.Add(bytes, _run, new("direction", "transmit"));

    /// <summary>The parameter server received gradients.</summary>
    public void Received(long bytes) => _bytes.Add(bytes, _run, new("direction", "receive"));

    /// <summary>What is measured of one worker.</summary>
    /// <param name="worker">Its name.</param>
    public WorkerMeter Of(string worker) =>
        new(_run, new KeyValuePair<string, object?>("worker", WorkerName.InRun(worker)), _compute, _wait, _images);
}
