using Microsoft.Extensions.Logging.Abstractions;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>
/// A worker of a simulated silo: what <see cref="WorkerGrain"/> is in a real one. Its loop runs on a thread of its own. Computing is real;
/// the time
/// that it takes is virtual, and passes before the answer is sent.
/// </summary>
/// <param name="name">Its name, <c>run/silo/index</c>.</param>
/// <param name="silo">Its silo.</param>
/// <param name="cluster">Its cluster.</param>
/// <param name="meters">Where to measure.</param>
/// <param name="random">How long it takes over its orders.</param>
public sealed class SimulatedWorker(string name, SimulatedSilo silo, SimulatedCluster cluster, RunMeters meters, SeededRandom random)
{
    private static readonly TimeSpan FastestSlot = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan SlowestSlot = TimeSpan.FromMilliseconds(80);
    private const int SlowFactor = 40;

    private readonly int _pace = random.Between(2, 6);
    private readonly WorkerMeter _meter = meters.Take(WorkerName.RunOf(name)).Of(name);
    private WorkerLoop? _loop;
    private Task _running = Task.CompletedTask;
    private bool _isStopping;
    private TimeSpan _slowUntil;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The thread of its loop.</summary>
    public VirtualThread Thread { get; private set; } = new(cluster.World, name);

    /// <summary>Whether it computes, or asks for something to compute.</summary>
    public bool IsRunning => !_running.IsCompleted && !Thread.IsDead;

    /// <summary>As <see cref="IWorkerGrain.Start"/>. One that was told to stop is started anew when it has.</summary>
    public async Task Start()
    {
        if (_isStopping)
            await _running;
        _isStopping = false;
        if (!_running.IsCompleted || _loop is { WasRefused: true })
            return;
        Thread = new VirtualThread(cluster.World, Name);
        var server =
            cluster.GrainsOf(new Endpoint { Name = Name, Silo = silo, Thread = Thread, Patience = ClusterTimes.Response, Work = TimeOf });
        _loop = new WorkerLoop(
            Name, server.GetGrain<IParameterServerGrain>(WorkerName.RunOf(Name)), cluster.Data,
            (spec, train) => cluster.Computed.Engine(Name, spec, train), Thread.Time, _meter,
            silo.RelayOf(WorkerName.RunOf(Name)), NullLogger.Instance);
        _running = Thread.Start(_loop.Run);
    }

    /// <summary>As <see cref="IWorkerGrain.Stop"/>.</summary>
    public Task Stop()
    {
        _isStopping = true;
        // Cancelling goes on with what waits for it, where it is called.
        Thread.Do(() => _loop?.Stop());
        return Task.CompletedTask;
    }

    /// <summary>Completes when its loop has ended.</summary>
    public Task WaitForEnd() => _running;

    /// <summary>The worker is lost, with all that it knows.</summary>
    public void Kill() => Thread.Kill();

    /// <summary>Nothing happens in it for a while.</summary>
    public void Hang(TimeSpan time)
    {
        var thread = Thread;
        thread.Freeze();
        cluster.World.After(time, cluster.World.Own, thread.Thaw);
    }

    /// <summary>It takes many times as long for a while.</summary>
    public void Slow(TimeSpan time) => _slowUntil = cluster.World.Now + time;

    /// <summary>The time that it took over some gradients passes.</summary>
    public Task Compute(GradientPush push)
    {
        cluster.Computed.Sent(Name, push);
        return Task.Delay(TimeOf(push.Blocks.Sum(block => block.Count)), Thread.Time);
    }

    private TimeSpan TimeOf(SimulatedCall call) => call.Arguments is [LogitsPush] ? TimeOf(2) : TimeSpan.Zero;

    private TimeSpan TimeOf(int units)
    {
        int factor = _pace * (cluster.World.Now < _slowUntil ? SlowFactor : 1);
        return random.Between(FastestSlot, SlowestSlot) * (units * factor / 4.0);
    }
}
