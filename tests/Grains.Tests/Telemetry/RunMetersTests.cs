using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Telemetry;

namespace MnistDistributed.Grains.Tests.Telemetry;

/// <summary>How long a process exports what it measured of a run.</summary>
public sealed class RunMetersTests : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(60);

    private readonly string _run = Guid.NewGuid().ToString();
    private readonly HashSet<Instrument> _live = [];
    private readonly MeterListener _listener = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RunMeters _meters;

    public RunMetersTests()
    {
        _meters = new RunMeters(_time, Linger);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Tags?.Contains(new("run", _run)) != true)
                return;
            _live.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.MeasurementsCompleted = (instrument, _) => _live.Remove(instrument);
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void A_runs_series_stay_while_somebody_holds_its_meter_and_a_while_longer()
    {
        var meter = _meters.Take(_run);
        Assert.Same(meter, _meters.Take(_run));
        int alone = _live.Count;
        _ = meter.Protocol;
        Assert.True(0 < alone && alone < _live.Count, "What only the parameter server measures is there only where it is.");
        _meters.Release(_run);
        _time.Advance(2 * Linger);
        Assert.NotEmpty(_live);
        _meters.Release(_run);
        _time.Advance(Linger - TimeSpan.FromSeconds(1));
        Assert.NotEmpty(_live);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(_live);
    }

    [Fact]
    public void A_run_that_goes_on_before_its_series_are_gone_keeps_them()
    {
        var meter = _meters.Take(_run);
        _meters.Release(_run);
        _time.Advance(Linger / 2);
        Assert.Same(meter, _meters.Take(_run));
        _time.Advance(2 * Linger);
        Assert.NotEmpty(_live);
        _meters.Release(_run);
        _time.Advance(Linger);
        Assert.Empty(_live);
        Assert.NotSame(meter, _meters.Take(_run));
    }

    [Fact]
    public void A_process_that_ends_takes_all_series_with_it()
    {
        _meters.Take(_run);
        _meters.Dispose();
        Assert.Empty(_live);
        _meters.Release(_run);
    }
}
