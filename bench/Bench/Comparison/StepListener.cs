using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MnistDistributed.Bench.Comparison;

/// <summary>Listens to the instruments of a training in this process. What it tells is of the second half of the steps.</summary>
public sealed class StepListener : IDisposable
{
    // Snapshots, of which the coordinator takes one every few seconds, are in few of such windows, and so not in the median.
    private const int Window = 25;

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly List<(long Time, long Allocated)> _steps = new(4096);
    private readonly List<double> _computed = new(4096);
    private double? _first;

    /// <summary>Begins to listen.</summary>
    public StepListener()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "mnist.step.duration" or "mnist.worker.compute.duration")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, seconds, _, _) =>
        {
            lock (_lock)
            {
                if (instrument.Name == "mnist.step.duration")
                    Stepped();
                else
                    _computed.Add(seconds);
            }
        });
        _listener.Start();
    }

    /// <summary>What it heard; nothing of a training whose steps are in other processes.</summary>
    public Figures Figures
    {
        get
        {
            lock (_lock)
            {
                var steps = _steps[(_steps.Count / 2)..];
                return steps.Count <= Window ? new Figures() : new Figures
                {
                    FirstStepAt = _first,
                    OutsideEngine = 1 - _computed[(_computed.Count / 2)..].Average() * (steps.Count - 1)
                        / Stopwatch.GetElapsedTime(steps[0].Time, steps[^1].Time).TotalSeconds,
                    AllocatedBytes = Median.Of(
                        steps.Zip(steps.Skip(Window), (from, to) => (double)(to.Allocated - from.Allocated) / Window)),
                };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Stepped()
    {
        _first ??= DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;
        _steps.Add((Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes()));
    }
}
