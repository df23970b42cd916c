using MnistDistributed.Grains.Liveness;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;
using MnistDistributed.Simulation.Audit;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>
/// Silos in a <see cref="VirtualWorld"/>, and the one place that knows where grains live. That a silo is dead the others learn some seconds
/// late, or as soon as one of them is asked to look; until then calls to its grains, and a coordinator's calls through it, get no answer.
/// Then its grains are made anew elsewhere, whether the silo is dead or was only silent.
/// </summary>
public sealed class SimulatedCluster
{
    // Of a process that is gone the connections are closed, and those who try again are refused; one that stands still is only silent.
    private static readonly (TimeSpan Soonest, TimeSpan Latest) GoneIsNoticed = (SoonestNotice, TimeSpan.FromSeconds(3));
    private static readonly (TimeSpan Soonest, TimeSpan Latest) SilenceIsNoticed = (TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
    private static readonly TimeSpan ShortestAfterlife = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestAfterlife = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan RestartTime = TimeSpan.FromSeconds(2);

    private const int MistakenCalls = 4;
    private const int FirstPort = 11111;

    private readonly SimulatedNetwork _network;
    private readonly SeededRandom _random;
    private readonly ulong _seed;
    private readonly List<SimulatedSilo> _silos = [];
    private readonly Dictionary<(Type Grain, string Key), Activation> _living = [];
    private readonly List<Activation> _zombies = [];
    private readonly Dictionary<string, int> _ports = [];
    private readonly Dictionary<(Type Grain, string Key), SimulatedSilo> _gateways = [];
    private int _nextGateway;
    private int _activations;
    private int _lives;
    private int _names;
    private int _clusters;
    private uint _streams = FirstStream;

    private const uint FirstStream = 100;

    /// <summary>A cluster without silos.</summary>
    /// <param name="world">Its world.</param>
    /// <param name="data">The data set of every silo.</param>
    /// <param name="computed">Where to write down what the workers compute.</param>
    /// <param name="faults">What goes wrong with messages.</param>
    /// <param name="seed">The seed of all that is left to chance.</param>
    public SimulatedCluster(VirtualWorld world, DataSet data, ComputedBlocks computed, IMessageFaults faults, ulong seed)
    {
        World = world;
        Data = new LoadedDataSet(data);
        Computed = computed;
        _seed = seed;
        _random = new SeededRandom(seed, 1);
        _network = new SimulatedNetwork(world, this, faults, new SeededRandom(seed, 2));
        Membership = new SimulatedMembership(this);
    }

    /// <summary>The least time in which silos notice by themselves that another is dead.</summary>
    public static TimeSpan SoonestNotice => TimeSpan.FromSeconds(1);

    /// <summary>Its world.</summary>
    public VirtualWorld World { get; }

    /// <summary>The data set of every silo.</summary>
    public IDataSetSource Data { get; }

    /// <summary>What the workers computed.</summary>
    public ComputedBlocks Computed { get; }

    /// <summary>The silos that have not ended, in the order in which they began.</summary>
    public IReadOnlyList<SimulatedSilo> Silos => _silos;

    /// <summary>Called with each grain that is made.</summary>
    public event Action<Activation>? Activated;

    /// <summary>The workers that run, silo after silo.</summary>
    public IReadOnlyList<SimulatedWorker> Workers => [.. _silos.SelectMany(silo => silo.Workers).Where(worker => worker.IsRunning)];

    /// <summary>What the silos know of each other.</summary>
    internal SimulatedMembership Membership { get; }

    /// <summary>The way from an endpoint to the grains.</summary>
    public IGrainFactory GrainsOf(Endpoint from) => GrainFactoryProxy.Create(_network, from);

    /// <summary>A silo joins.</summary>
    /// <param name="name">Its name; null for one that no silo has had.</param>
    public SimulatedSilo AddSilo(string? name = null)
    {
        name ??= $"silo-{_names++}";
        _ports.TryAdd(name, FirstPort + _ports.Count);
        var silo = new SimulatedSilo(name, _ports[name], ++_lives, this);
        // A process that comes back says so: its former life need not be found out.
        foreach (var former in _silos.Where(other => other.Name == silo.Name).ToList())
            Declare(former);
        _silos.Add(silo);
        Membership.Write(silo, SiloStatus.Active);
        return silo;
    }

    /// <summary>A silo's process ends without a word, and another of its name is started after a while.</summary>
    public void Kill(SimulatedSilo silo, TimeSpan restart)
    {
        silo.Kill();
        World.After(Within(GoneIsNoticed), World.Own, () => Declare(silo));
        Restart(silo.Name, restart);
    }

    /// <summary>
    /// A silo's process stands still for a while, and then goes on. If the others have taken it for dead by then, it is back from the dead:
    /// it
    /// goes on for a moment, then learns of it, ends, and is started anew.
    /// </summary>
    public void Freeze(SimulatedSilo silo, TimeSpan time)
    {
        silo.Freeze();
        Suspect(silo, time, silo.Thaw);
    }

    /// <summary>
    /// Nothing gets into a silo or out of it for a while; in it all goes on. If the others have taken it for dead by then, it is back from
    /// the dead.
    /// </summary>
    public void Isolate(SimulatedSilo silo, TimeSpan time)
    {
        silo.IsIsolated = true;
        Suspect(silo, time, () => silo.IsIsolated = false);
    }

    /// <summary>A silo is told to end, hands over, and goes; another of its name is started after a while.</summary>
    public async Task Drain(SimulatedSilo silo, TimeSpan restart)
    {
        await silo.Thread.Start(silo.Drain);
        End(silo);
        Restart(silo.Name, restart);
    }

    /// <summary>All silos end without a word, and with them the cluster.</summary>
    public void KillAll()
    {
        foreach (var silo in _silos.ToList())
            End(silo);
        _clusters++;
    }

    /// <summary>A grain is lost without its silo; it is made anew when it is next called.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Lose(Type grain, string key)
    {
        if (!_living.TryGetValue((grain, key), out var activation))
            return false;
        activation.IsLost = true;
        (activation.Instance as SimulatedWorker)?.Kill();
        Deactivate(activation);
        return true;
    }

    /// <summary>A grain is made anew, while its former life goes on for some of its callers for a while.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Split(Type grain, string key, TimeSpan time)
    {
        if (!_living.Remove((grain, key), out var activation))
            return false;
        _zombies.Add(activation);
        World.After(time, activation.Silo.Thread, () => Deactivate(activation));
        return true;
    }

    /// <summary>Random numbers for somebody new.</summary>
    internal SeededRandom NewRandom() => new(_seed, _streams++);

    /// <summary>A grain's life ends: what it is at it still answers, and who calls it next gets a new one.</summary>
    internal void Deactivate(Activation activation)
    {
        activation.Silo.Drop(activation);
        if (_living.GetValueOrDefault((activation.Grain, activation.Key)) == activation)
            _living.Remove((activation.Grain, activation.Key));
        _zombies.Remove(activation);
    }

    /// <summary>Whether messages get from one silo to another; null is the coordinator.</summary>
    internal static bool AreConnected(SimulatedSilo? one, SimulatedSilo? other) =>
        one == other || !(one?.IsIsolated == true || other?.IsIsolated == true);

    /// <summary>Declares a silo dead, if there is still one there.</summary>
    internal void Declare(SiloAddress silo)
    {
        if (_silos.Find(other => other.Address.Equals(silo)) is { } dead)
            Declare(dead);
    }

    /// <summary>Whether a process listens where a silo does, be it the silo's next life.</summary>
    internal bool IsListening(SiloAddress silo) =>
        _silos.Exists(other => other.Address.Endpoint.Equals(silo.Endpoint) && !other.Thread.IsDead);

    /// <summary>
    /// The silo through which a coordinator's calls of a grain go: always the same, until its connection is closed or it is declared dead.
    /// </summary>
    internal SimulatedSilo? GatewayTo(Type grain, string key)
    {
        if (_gateways.TryGetValue((grain, key), out var gateway) && !gateway.Thread.IsDead && !gateway.IsDeclaredDead)
            return gateway;
        var open = _silos.Where(silo => !silo.Thread.IsDead && !silo.IsDeclaredDead).ToList();
        return open.Count == 0 ? null : _gateways[(grain, key)] = open[_nextGateway++ % open.Count];
    }

    /// <summary>Where a call goes to. A grain that lives nowhere is made.</summary>
    /// <returns>The grain; null if there is no silo to make it in.</returns>
    internal Activation? Locate(Endpoint from, Type grain, string key)
    {
        if (grain == typeof(ILivenessGrain))
            return GatewayTo(grain, key) is { } gateway ? gateway.Find(grain, key) ?? Activate(gateway, grain, key) : null;
        if (_zombies.Find(zombie => zombie.Grain == grain && zombie.Key == key && !zombie.IsLost) is { } zombie && IsMistaken(from))
            return zombie;
        if (from.Silo is { } own && (own.IsDeclaredDead || own.IsIsolated) && own.Find(grain, key) is { } here)
            return here;
        if (_living.TryGetValue((grain, key), out var activation))
            return activation;
        if (Place(from, grain) is not { } silo)
            return null;
        activation = Activate(silo, grain, key);
        // What a silo makes that is taken for dead, the others never learn of.
        if (!silo.IsDeclaredDead)
            _living.Add((grain, key), activation);
        return activation;
    }

    private Activation Activate(SimulatedSilo silo, Type grain, string key)
    {
        var activation = silo.Activate(grain, key, ++_activations);
        Activated?.Invoke(activation);
        return activation;
    }

    // Every other worker, by what its silo remembers; and now and then the coordinator, whose calls go through one silo or another.
    private bool IsMistaken(Endpoint from) =>
        from.Silo is null ? _random.Below(MistakenCalls) == 0 : from.Name.Sum(letter => letter) % 2 == 0;

    private SimulatedSilo? Place(Endpoint from, Type grain)
    {
        if (grain == typeof(IWorkerGrain))
            return from.Silo;
        var silos = _silos.Where(silo => !silo.IsLeaving && !silo.IsDeclaredDead).ToList();
        return silos.Count == 0 || from.Silo?.IsIsolated == true ? null : _random.OneOf(silos);
    }

    private void Suspect(SimulatedSilo silo, TimeSpan time, Action goOn)
    {
        var detection = Within(SilenceIsNoticed);
        if (detection < time)
            World.After(detection, World.Own, () => Declare(silo));
        World.After(time, World.Own, () =>
        {
            if (silo.Thread.IsDead)
                return;
            goOn();
            if (silo.IsDeclaredDead)
            {
                var afterlife = Afterlife();
                World.After(afterlife, World.Own, () => End(silo));
                Restart(silo.Name, afterlife + RestartTime);
            }
        });
    }

    private void Declare(SimulatedSilo silo)
    {
        if (silo.IsDeclaredDead)
            return;
        silo.IsDeclaredDead = true;
        Membership.Write(silo, SiloStatus.Dead);
        foreach (var gone in _living.Where(pair => pair.Value.Silo == silo).Select(pair => pair.Key).ToList())
            _living.Remove(gone);
        if (silo.Thread.IsDead)
            _silos.Remove(silo);
        _network.Declared(silo);
    }

    private void End(SimulatedSilo silo)
    {
        silo.Kill();
        Declare(silo);
        _silos.Remove(silo);
    }

    private void Restart(string name, TimeSpan time)
    {
        int cluster = _clusters;
        World.After(time, World.Own, () =>
        {
            if (cluster == _clusters && !_silos.Exists(silo => silo.Name == name && !silo.Thread.IsDead))
                AddSilo(name);
        });
    }

    private TimeSpan Within((TimeSpan Soonest, TimeSpan Latest) range) => _random.Between(range.Soonest, range.Latest);

    private TimeSpan Afterlife() => _random.Between(ShortestAfterlife, LongestAfterlife);
}
