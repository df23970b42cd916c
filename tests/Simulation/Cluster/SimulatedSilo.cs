using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using MnistDistributed.Grains.Directory;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Liveness;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>One life of one silo: a process with a worker pool, workers, and the grains that were placed in it.</summary>
public sealed class SimulatedSilo
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(5);

    private readonly SimulatedCluster _cluster;
    private readonly RunMeters _meters = new(TimeProvider.System, TimeSpan.Zero);
    private readonly LocalServers _servers = new();
    private readonly Dictionary<string, SiloRelay> _relays = new(StringComparer.Ordinal);
    private readonly WorkerPool _pool;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Activation> _activations = [];

    /// <summary>Starts a silo.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="port">Its port, which all lives of its name have.</param>
    /// <param name="life">Counts the silos of a cluster, so that two lives of one name are told apart.</param>
    /// <param name="cluster">Its cluster.</param>
    internal SimulatedSilo(string name, int port, int life, SimulatedCluster cluster)
    {
        Name = name;
        Life = life;
        Address = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, port), life);
        _cluster = cluster;
        Thread = new VirtualThread(cluster.World, name);
        var grains = cluster.GrainsOf(new Endpoint { Name = name, Silo = this, Thread = Thread, Patience = ClusterTimes.Response });
        _pool = new WorkerPool(
            new TrainingSiloOptions(), _servers, grains, SiloDetailsProxy.Create(name), Thread.Time, NullLogger<WorkerPool>.Instance);
        Thread.Start(() => _pool.Run(_stop.Token));
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Tells it from other silos of the same name.</summary>
    public int Life { get; }

    /// <summary>Where others reach it, in this life.</summary>
    public SiloAddress Address { get; }

    /// <summary>The process.</summary>
    public VirtualThread Thread { get; }

    /// <summary>Whether it was told to end, and hands over.</summary>
    public bool IsLeaving { get; private set; }

    /// <summary>Whether nothing gets in or out.</summary>
    public bool IsIsolated { get; internal set; }

    /// <summary>Whether what is sent to it, or through it, gets any further now.</summary>
    internal bool IsPassable => !Thread.IsDead && !Thread.IsFrozen && !IsIsolated;

    /// <summary>Whether the others hold it for dead, rightly or not.</summary>
    public bool IsDeclaredDead { get; internal set; }

    /// <summary>Its workers that run.</summary>
    public IEnumerable<SimulatedWorker> Workers =>
        _activations.Where(activation => !activation.IsLost).Select(activation => activation.Instance).OfType<SimulatedWorker>();

    /// <summary>What its workers of a run have in common.</summary>
    internal SiloRelay RelayOf(string run) =>
        _relays.TryGetValue(run, out var relay) ? relay : _relays[run] = new SimulatedRelay(run, this, _servers);

    /// <summary>What lives in it under a key; null if nothing does.</summary>
    internal Activation? Find(Type grain, string key) =>
        _activations.Find(activation => !activation.IsLost && activation.Grain == grain && activation.Key == key);

    /// <summary>Makes a grain here.</summary>
    internal Activation Activate(Type grain, string key, int number)
    {
        var activation = new Activation(this, grain, key, number);
        activation.Instance = Create(activation);
        _activations.Add(activation);
        return activation;
    }

    private object Create(Activation activation)
    {
        if (activation.Grain == typeof(IWorkerGrain))
            return new SimulatedWorker(activation.Key, this, _cluster, _meters, _cluster.NewRandom());
        var context = GrainContextProxy.Create(activation.Key, Address, () => _cluster.Deactivate(activation));
        if (activation.Grain == typeof(ILivenessGrain))
            return new LivenessGrain(
                context, _cluster.Membership, _cluster.Membership, Thread.Time, NullLogger<LivenessGrain>.Instance);
        return activation.Grain == typeof(IDirectoryGrain) ? new DirectoryGrain(context, Thread.Time)
            : new ParameterServerGrain(
                context, SiloDetailsProxy.Create(Name), _servers, Thread.Time, _meters, NullLogger<ParameterServerGrain>.Instance);
    }

    /// <summary>A grain's life ends.</summary>
    internal void Drop(Activation activation)
    {
        _activations.Remove(activation);
        if (activation.Instance is ParameterServerGrain server)
            server.OnDeactivateAsync(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, ""), CancellationToken.None);
    }

    /// <summary>It ends where it is.</summary>
    internal void Kill()
    {
        Thread.Kill();
        foreach (var activation in _activations)
        {
            activation.IsLost = true;
            (activation.Instance as SimulatedWorker)?.Kill();
        }

        _meters.Dispose();
    }

    /// <summary>Nothing happens in it until <see cref="Thaw"/>.</summary>
    internal void Freeze()
    {
        Thread.Freeze();
        foreach (var worker in Workers)
            worker.Thread.Freeze();
    }

    /// <summary>It goes on as if nothing had been.</summary>
    internal void Thaw()
    {
        Thread.Thaw();
        foreach (var worker in Workers)
            worker.Thread.Thaw();
    }

    /// <summary>It hands over what it holds, as it does when its process is told to end.</summary>
    internal async Task Drain()
    {
        IsLeaving = true;
        await _pool.StoppingAsync(CancellationToken.None);
        _stop.Cancel();
        try
        {
            await Task.WhenAll(Workers.Select(worker => worker.WaitForEnd())).WaitAsync(ShutdownLimit, Thread.Time);
        }
        catch (TimeoutException)
        {
            // It goes regardless.
        }
    }
}
