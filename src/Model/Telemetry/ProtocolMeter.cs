using System.Diagnostics.Metrics;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Model.Telemetry;

/// <summary>
/// What the process that holds a run's parameter server measures of its steps, pushes and orders. Each run has a meter of its own, so that
/// its series go when it is disposed.
/// </summary>
public sealed class ProtocolMeter : IDisposable
{
    /// <summary>The name of the meters.</summary>
    public const string Name = "MnistDistributed.Model";

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _run;
    private readonly Histogram<double> _steps;
    private readonly Counter<double> _phases;
    private readonly Counter<long> _images;
    private readonly Counter<long> _pushes;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _speculative;
    private readonly Counter<long> _won;

    /// <summary>Registers the instruments of a run.</summary>
    /// <param name="run">The run.</param>
    public ProtocolMeter(string run)
    {
        _run = new("run", run);
        _meter = new Meter(new MeterOptions(Name) { Tags = [_run] });
        _steps = _meter.CreateHistogram("mnist.step.duration", "s", "Time of a step, from its begin to its update.", null, Buckets.Seconds);
        _phases = _meter.CreateCounter<double>(
            "mnist.step.phase", "s", "Time of steps by what it went into; together it is the time of all steps that are done.");
        _images = _meter.CreateCounter<long>("mnist.images", "{image}", "Training images whose gradient is in a done step.");
        _pushes = _meter.CreateCounter<long>("mnist.pushes", "{push}", "Pushes received, by outcome.");
        _repeated = _meter.CreateCounter<long>(
            "mnist.orders.repeated", "{order}", "Orders for work that another worker was given before, and had not answered.");
        _speculative = _meter.CreateCounter<long>(
            "mnist.orders.speculative", "{order}", "Repeated orders whose earlier worker might yet answer.");
        _won = _meter.CreateCounter<long>(
            "mnist.orders.won", "{order}", "Speculative orders that were answered before the earlier worker answered.");
        foreach (var outcome in Enum.GetValues<PushOutcome>())
            _pushes.Add(0, _run, Outcome(outcome));
        Ordered(default);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>A step is done.</summary>
    /// <param name="seconds">Its time.</param>
    /// <param name="add">Of it, the adding of gradients.</param>
    /// <param name="optimize">Of it, the update of the weights.</param>
    /// <param name="publish">Of it, the copying of the weights that are sent.</param>
    /// <param name="images">Its images.</param>
    internal void Stepped(double seconds, double add, double optimize, double publish, int images)
    {
        _steps.Record(seconds, _run);
        _images.Add(images, _run);
        Phase("wait", seconds - add - optimize - publish);
        Phase("add", add);
        Phase("optimize", optimize);
        Phase("publish", publish);
    }

    /// <summary>A push has arrived.</summary>
    internal void Pushed(PushOutcome outcome) => _pushes.Add(1, _run, Outcome(outcome));

    /// <summary>Work was ordered again, or such an order was answered.</summary>
    /// <param name="added">What that adds to the counters of the term.</param>
    internal void Ordered(TermCounters added)
    {
        _repeated.Add(added.RepeatedOrders, _run);
        _speculative.Add(added.SpeculativeOrders, _run);
        _won.Add(added.SpeculativeWins, _run);
    }

    private static KeyValuePair<string, object?> Outcome(PushOutcome outcome) => new("outcome", outcome switch
    {
        PushOutcome.Accepted => "accepted",
        PushOutcome.Stale => "stale",
        PushOutcome.Malformed => "malformed",
        _ => "rejected",
    });

    private void Phase(string phase, double seconds) => _phases.Add(Math.Max(0, seconds), _run, new("phase", phase));
}
