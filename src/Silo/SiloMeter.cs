using System.Diagnostics.Metrics;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo;

/// <summary>What a silo process measures of itself.</summary>
public sealed class SiloMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "MnistDistributed.Silo";

    private readonly Meter _meter;

    /// <summary>Registers the instruments.</summary>
    public SiloMeter(
        SiloOptions options, SiloHealth health, SiloData data, SiloMembership membership, WorkerPool pool, LocalServers servers)
    {
        _meter = new Meter(new MeterOptions(Name) { Tags = [new("silo", options.Name)] });
        Gauge("mnist.silo.capacity", "{worker}", "The most workers that the silo runs.", () => options.Workers);
        Gauge("mnist.silo.workers", "{worker}", "Workers that the silo has.", () => pool.Workers.Count);
        Gauge("mnist.silo.parameter_servers", "{server}", "Parameter servers that the silo holds.", () => servers.Runs.Count);
        Gauge("mnist.silo.ready", "1", "1 while the silo takes part, as /health/ready says, else 0.",
            () => health.State == SiloState.Ready ? 1 : 0);
        Gauge("mnist.silo.member", "1", "1 while the silo's own row in the membership table is active and fresh, else 0.",
            () => membership.Standing.IsMember ? 1 : 0);
        Gauge("mnist.silo.peers", "{silo}", "Silos that are active in the membership table, this one included.",
            () => membership.Standing.Peers);
        Gauge("mnist.silo.data_loaded", "1", "1 when the data set is in memory, else 0.", () => data.IsLoaded ? 1 : 0);

        // What is not known is not exported.
        void Gauge(string name, string unit, string description, Func<int?> value) => _meter.CreateObservableGauge<int>(
            name, () => value() is { } known ? [new(known, new KeyValuePair<string, object?>("silo", options.Name))] : [],
            unit, description);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
