using System.Runtime.InteropServices;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Simulation.Network;
using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation;

/// <summary>Counts the events of a run, and does what the plan says when its time has come.</summary>
/// <param name="faults">The plan's faults.</param>
/// <param name="random">What is left to chance.</param>
/// <param name="strike">Does what is not done to a message; says whether there was somebody to do it to.</param>
/// <param name="struck">Told of each fault that strikes, by its place in the plan.</param>
public sealed class FaultInjector(
    IReadOnlyList<PlannedFault> faults, SeededRandom random, Func<PlannedFault, bool> strike, Action<int> struck) : IMessageFaults
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(60);
    private static readonly PlannedFault[] None = [];

    private readonly Dictionary<ProtocolEvent, int> _counts = [];
    private readonly Dictionary<SimulatedCall, List<PlannedFault>> _replies = [];

    /// <inheritdoc/>
    public IReadOnlyList<Delivery<object?[]>> Sent(SimulatedCall call)
    {
        var due = EventOf(call) is { } at ? Due(at) : None;
        var replies = due.Where(fault => fault.Kind is FaultKind.DropReply or FaultKind.DelayReply).ToList();
        if (replies.Count > 0)
            _replies.Add(call, replies);
        object?[] arguments = call.Arguments;
        foreach (var fault in due)
        {
            if (fault.Kind == FaultKind.Corrupt)
                arguments = [Corrupted(arguments[0]!)];
            else if (fault.Kind == FaultKind.NotANumber)
                arguments = [NotANumber((GradientPush)arguments[0]!)];
        }

        return Deliveries(arguments, due);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Delivery<object?>> Answered(SimulatedCall call, object? result)
    {
        if (_replies.Remove(call, out var replies))
        {
            return replies.Exists(fault => fault.Kind == FaultKind.DropReply) ? []
                : [new(result, TimeSpan.FromSeconds(replies.Max(fault => fault.Seconds)))];
        }

        var due = (call.Method.Name, result) switch
        {
            (_, NextReply { Kind: NextKind.Work } or PushReply { Next: not null }) => Due(ProtocolEvent.Order),
            (nameof(IParameterServerGrain.Snapshot), not null) => Due(ProtocolEvent.Snapshot),
            _ => None,
        };
        return Deliveries(due.Any(fault => fault.Kind == FaultKind.Corrupt) ? Corrupted(result!) : result, due);
    }

    private static ProtocolEvent? EventOf(SimulatedCall call) => call.Method.Name switch
    {
        nameof(IParameterServerGrain.Push) => ProtocolEvent.Push,
        nameof(IParameterServerGrain.PushLogits) => ProtocolEvent.Logits,
        nameof(IParameterServerGrain.Continue) => ProtocolEvent.Epoch,
        nameof(IParameterServerGrain.Open) => ProtocolEvent.Open,
        _ => null,
    };

    /// <summary>Counts an event, and strikes.</summary>
    /// <returns>The faults that are done to its message.</returns>
    private IReadOnlyList<PlannedFault> Due(ProtocolEvent at)
    {
        int count = CollectionsMarshal.GetValueRefOrAddDefault(_counts, at, out _) += 1;
        List<PlannedFault>? ofMessage = null;
        for (int i = 0; i < faults.Count; i++)
        {
            if (faults[i].Event != at || faults[i].Count != count)
                continue;
            if (PlannedFault.IsOfMessage(faults[i].Kind))
                (ofMessage ??= []).Add(faults[i]);
            else if (!strike(faults[i]))
                continue;
            struck(i);
        }

        return ofMessage ?? (IReadOnlyList<PlannedFault>)None;
    }

    private IReadOnlyList<Delivery<T>> Deliveries<T>(T content, IReadOnlyList<PlannedFault> due)
    {
        if (due.Any(fault => fault.Kind == FaultKind.Drop))
            return [];
        var delay = TimeSpan.Zero;
        foreach (var fault in due)
        {
            delay += fault.Kind switch
            {
                FaultKind.Delay => TimeSpan.FromSeconds(fault.Seconds),
                FaultKind.Reorder => Moment,
                _ => TimeSpan.Zero,
            };
        }

        return due.Any(fault => fault.Kind == FaultKind.Duplicate)
            ? [new(content, delay), new(content, delay + random.Between(TimeSpan.Zero, Moment))]
            : [new(content, delay)];
    }

    private object Corrupted(object message) => message switch
    {
        // An order for weights that the worker holds has no bytes to be damaged.
        NextReply order => order.Weights is { } weights ? order with { Weights = Flipped(weights) } : order,
        PushReply reply => reply with { Next = (NextReply)Corrupted(reply.Next!) },
        byte[] state => Flipped(state),
        OpenRequest open => open with { State = Flipped(open.State) },
        LogitsPush logits => logits with { Logits = Flipped(logits.Logits) },
        _ => Corrupted((GradientPush)message),
    };

    private GradientPush Corrupted(GradientPush push)
    {
        int flipped = random.Below(push.Blocks.Length);
        return push with
            { Blocks = [.. push.Blocks.Select((block, i) => i == flipped ? block with { Gradient = Flipped(block.Gradient) } : block)] };
    }

    private byte[] Flipped(byte[] bytes)
    {
        byte[] flipped = [.. bytes];
        // The highest bit of a float's exponent: a lower one is often lost in rounding, and nobody would see that it had been let in.
        flipped[random.Below(flipped.Length / sizeof(float)) * sizeof(float) + 3] ^= 0x40;
        return flipped;
    }

    private GradientPush NotANumber(GradientPush push)
    {
        int bad = random.Below(push.Blocks.Length);
        return push with { Blocks = [.. push.Blocks.Select((block, i) => i == bad ? NotANumber(block) : block)] };
    }

    private BlockPush NotANumber(BlockPush block)
    {
        byte[] gradient = [.. block.Gradient];
        int damaged = random.Below(gradient.Length / sizeof(float));
        MemoryMarshal.Cast<byte, float>(gradient.AsSpan())[damaged] = random.Below(2) == 0 ? float.NaN : float.PositiveInfinity;
        return block with
            { Gradient = gradient, Digest = BlockGradient.DigestOf(gradient, new BlockSum(block.Loss, block.Hits, block.Samples)) };
    }
}
