using System.Diagnostics.Metrics;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.Telemetry;

/// <summary>What a silo measures of the runs whose parameter server it holds.</summary>
public sealed class TrainingMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "MnistDistributed";

    private readonly Counter<long> _steps;
    private readonly Counter<long> _images;
    private readonly Counter<long> _pushes;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _speculative;
    private readonly Counter<long> _won;
    private readonly Counter<double> _compute;
    private readonly Counter<long> _bytes;

    /// <summary>Registers the instruments.</summary>
    public TrainingMeter(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _steps = meter.CreateCounter<long>("mnist.steps", description: "Optimizer steps done.");
        _images = meter.CreateCounter<long>("mnist.images", description: "Training images whose gradient is in a done step.");
        _pushes = meter.CreateCounter<long>("mnist.pushes", description: "Pushes received, by outcome.");
        _repeated = meter.CreateCounter<long>(
            "mnist.orders.repeated", description: "Orders for work that another worker was given before, and had not answered.");
        _speculative = meter.CreateCounter<long>(
            "mnist.orders.speculative", description: "Repeated orders whose earlier worker might yet answer.");
        _won = meter.CreateCounter<long>(
            "mnist.orders.won", description: "Speculative orders that were answered before the earlier worker answered.");
        _compute = meter.CreateCounter<double>(
            "mnist.compute", unit: "s", description: "Time that workers spent on gradients, summed over the workers.");
        _bytes = meter.CreateCounter<long>(
            "mnist.payload", unit: "By", description: "Bytes of weights sent to workers and of gradients received from them.");
    }

    /// <summary>A push has arrived.</summary>
    public void Pushed(string run, PushOutcome outcome) => _pushes.Add(1, new("run", run), new("outcome", outcome.ToString()));

    /// <summary>Work was ordered again, or such an order was answered.</summary>
    /// <param name="run">The run.</param>
    /// <param name="added">What that adds to the counters of the term.</param>
    public void Reordered(string run, TermCounters added)
    {
        if (added is { RepeatedOrders: 0, SpeculativeOrders: 0, SpeculativeWins: 0 })
            return;
        var tag = new KeyValuePair<string, object?>("run", run);
        _repeated.Add(added.RepeatedOrders, tag);
        _speculative.Add(added.SpeculativeOrders, tag);
        _won.Add(added.SpeculativeWins, tag);
    }

    /// <summary>Gradients were computed, and they or weights were sent.</summary>
    public void Moved(string run, double computeSeconds, long gradientBytes, long weightBytes)
    {
        _compute.Add(computeSeconds, new KeyValuePair<string, object?>("run", run));
        _bytes.Add(gradientBytes, new("run", run), new("what", "gradients"));
        _bytes.Add(weightBytes, new("run", run), new("what", "weights"));
    }

    /// <summary>A step is done.</summary>
    public void Stepped(string run, int images)
    {
        _steps.Add(1, new KeyValuePair<string, object?>("run", run));
        _images.Add(images, new KeyValuePair<string, object?>("run", run));
    }
}
