using System.Diagnostics.Metrics;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>Makes meters, which live as long as the simulation.</summary>
internal sealed class SimulatedMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
