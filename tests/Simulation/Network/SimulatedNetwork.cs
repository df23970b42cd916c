using System.Reflection;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Network;

/// <summary>
/// Carries calls. Each request and each answer takes a random time, so that they overtake each other; a call that is not answered in time
/// fails for its caller, and may have been carried out all the same.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="cluster">Knows where grains live.</param>
/// <param name="faults">What goes wrong on the way.</param>
/// <param name="random">The latencies.</param>
public sealed class SimulatedNetwork(VirtualWorld world, SimulatedCluster cluster, IMessageFaults faults, SeededRandom random)
{
    private static readonly TimeSpan Fastest = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Local = TimeSpan.FromMicroseconds(20);

    private readonly Dictionary<MethodInfo, GrainMethod> _methods = [];
    private readonly List<(SimulatedCall Call, SimulatedSilo At)> _served = [];

    /// <summary>Makes a call.</summary>
    /// <returns>The answer, as the method has it.</returns>
    internal Task Call(Endpoint from, Type grain, string key, MethodInfo method, object?[] arguments)
    {
        var call = new SimulatedCall(from, grain, key, method, arguments);
        if (from.Work is { } work)
            world.After(work(call), from.Thread, () => Send(call));
        else
            Send(call);
        return MethodOf(method).Typed(call.Answer);
    }

    /// <summary>A silo is known to be dead: others that wait for it learn that at once; a coordinator's calls just get no answer.</summary>
    internal void Declared(SimulatedSilo dead)
    {
        var waiting = _served.Where(served => served.At == dead && served.Call.From.Silo is { } caller && caller != dead).ToList();
        foreach (var (call, _) in waiting)
            call.Fail(new SiloUnavailableException($"The silo {dead.Name} is dead."));
        _served.RemoveAll(served => served.Call.IsOver);
    }

    private void Send(SimulatedCall call)
    {
        call.Deadline = world.Now + call.From.Patience;
        world.After(
            call.From.Patience, call.From.Thread,
            () => call.Fail(new TimeoutException($"No answer to {call.Method.Name} within {call.From.Patience.TotalSeconds} s.")),
            () => !call.IsOver);
        foreach (var (arguments, delay) in faults.Sent(call))
        {
            object?[] copies = Array.ConvertAll(arguments, Copy);
            world.After(delay + Latency(), world.Own, () => Arrive(call, arguments, copies));
        }
    }

    // Between silos a message is a copy of what it was when it was sent. Within a silo it is the very memory, which its sender must not
    // write again too early.
    private static object? Copy(object? message) => message switch
    {
        GradientPush push => push with
        {
            Blocks = Array.ConvertAll(push.Blocks, block => block with { Gradient = [.. block.Gradient] }),
        },
        NextReply { Weights: { } weights } order => order with { Weights = [.. weights] },
        PushReply { Next: { } next } reply => reply with { Next = (NextReply)Copy(next)! },
        _ => message,
    };

    private void Arrive(SimulatedCall call, object?[] arguments, object?[] copies)
    {
        call.Gateway = call.From.Silo is null ? cluster.GatewayTo(call.Grain, call.Key) : null;
        if (call.From.Silo is null && call.Gateway?.IsPassable != true)
            return;
        if (cluster.Locate(call.From, call.Grain, call.Key) is not { } activation
            || !SimulatedCluster.AreConnected(call.From.Silo, activation.Silo))
            return;
        _served.RemoveAll(served => served.Call.IsOver);
        _served.Add((call, activation.Silo));
        activation.Silo.Thread.Start(() => Serve(call, activation, activation.Silo == call.From.Silo ? arguments : copies));
    }

    private async Task Serve(SimulatedCall call, Activation activation, object?[] arguments)
    {
        // As Orleans does, what came too late is not begun.
        if (world.Now > call.Deadline || activation.IsLost)
            return;
        try
        {
            object? result = await activation.Serve(MethodOf(call.Method), call, arguments);
            foreach (var (content, delay) in faults.Answered(call, result))
            {
                object? carried = activation.Silo == call.From.Silo ? content : Copy(content);
                Return(call, activation, delay, () => call.Complete(carried));
            }
        }
        catch (Exception e)
        {
            Return(call, activation, TimeSpan.Zero, () => call.Fail(e));
        }
    }

    private void Return(SimulatedCall call, Activation activation, TimeSpan delay, Action arrive)
    {
        if (activation.IsLost)
            return;
        var latency = activation.Silo == call.From.Silo ? Local : Latency();
        world.After(delay + latency, world.Own, () =>
        {
            if (SimulatedCluster.AreConnected(call.From.Silo, activation.Silo) && call.Gateway?.IsPassable != false)
                arrive();
        });
    }

    private TimeSpan Latency() => random.Between(Fastest, Slowest);

    private GrainMethod MethodOf(MethodInfo method)
    {
        if (!_methods.TryGetValue(method, out var known))
            _methods.Add(method, known = new GrainMethod(method));
        return known;
    }
}
