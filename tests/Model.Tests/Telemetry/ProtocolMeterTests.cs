using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Telemetry;
using MnistDistributed.Model.Tests.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Telemetry;

/// <summary>What a term measures of itself.</summary>
public sealed class ProtocolMeterTests : IDisposable
{
    private readonly string _run = Guid.NewGuid().ToString();
    private readonly Dictionary<string, double> _sums = [];
    private readonly MeterListener _listener = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ProtocolMeter _meter;
    private readonly TrainingProtocol _protocol;

    public ProtocolMeterTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Tags?.Contains(new("run", _run)) == true)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
        _meter = new ProtocolMeter(_run);
        _protocol = new TrainingProtocol(
            1, Spec, Fake.Initial(), 0, 3, "f", _time, new TermOptions { Leases = Leases, Meter = _meter });
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_steps_time_is_that_from_its_begin_to_its_update_and_its_phases_make_it_up()
    {
        var session = _protocol.Join("a");
        _protocol.DoSteps(_time, 3, TimeSpan.FromSeconds(2), session);
        Assert.Equal(6, _sums["mnist.step.duration"], 9);
        Assert.Equal(6, _sums["mnist.step.phase wait"], 9);
        Assert.Equal(0, _sums["mnist.step.phase add"] + _sums["mnist.step.phase optimize"] + _sums["mnist.step.phase publish"], 9);
        Assert.Equal(3 * Spec.Batch, _sums["mnist.images"]);
        Assert.Equal(3, _sums["mnist.pushes accepted"]);
    }

    [Fact]
    public void Weights_are_copied_once_a_step()
    {
        var session = _protocol.Join("a");
        var first = _protocol.WeightsFor(session);
        Assert.Same(first, _protocol.WeightsFor(session));
        _protocol.DoSteps(_time, 1, TimeSpan.FromSeconds(1), session);
        Assert.NotEqual(first.Digest, _protocol.WeightsFor(session).Digest);
    }

    [Fact]
    public void Pushes_and_orders_are_counted_by_what_became_of_them()
    {
        var (a, b) = (_protocol.Join("a"), _protocol.Join("b"));
        var order = _protocol.Ask(a);
        _time.Advance(Leases.Floor);
        _protocol.Ask(b);
        _protocol.Push(a, 7, 0, []);
        _protocol.Push(b, 1, 0, []);
        Assert.Equal(1, _sums["mnist.orders.repeated"]);
        Assert.Equal(1, _sums["mnist.orders.speculative"]);
        Assert.Equal(0, _sums["mnist.orders.won"]);
        Assert.Equal(1, _sums["mnist.pushes stale"]);
        Assert.Equal(1, _sums["mnist.pushes malformed"]);
        Assert.Equal(0, _sums["mnist.pushes rejected"]);
        Assert.NotNull(order);
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string key = string.Join(' ', [instrument.Name, .. tags.ToArray().Where(tag => tag.Key != "run").Select(tag => $"{tag.Value}")]);
        _sums[key] = _sums.GetValueOrDefault(key) + value;
    }
}
