using System.Runtime.InteropServices;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Grains.Workers;

/// <summary>
/// What the workers of one silo and run have in common, so that a step's weights come to the silo once, and its gradients leave it in one
/// push: whoever is done last adds what the others have computed, along the tree, and pushes for all. Nobody depends on it: a worker for
/// whom the others take too long asks, or pushes, for itself. Used from the threads of all of them.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="servers">The parameter servers of this silo; with one of them nothing leaves it, and everybody pushes for himself.</param>
/// <param name="time">The clock.</param>
public class SiloRelay(string run, LocalServers servers, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Computing> _computing = [];
    private readonly List<Handed> _handed = [];
    private readonly List<TaskCompletionSource> _expecting = [];
    private NextReply? _weights;
    private (int Term, int Step) _rejected;

    /// <summary>What a worker computes, and since when.</summary>
    private readonly record struct Computing(int Term, int Step, long Since);

    /// <summary>A push that waits for the others'.</summary>
    private sealed class Handed(GradientPush push)
    {
        public GradientPush Push => push;

        /// <summary>What became of it; null if nothing has.</summary>
        public PushReply? Reply { get; set; }

        /// <summary>Who waits for that.</summary>
        public TaskCompletionSource Waiter { get; set; } = NewWaiter();
    }

    /// <summary>Adds to an order the weights that another worker of the silo was sent; keeps for the others those that it brings.</summary>
    /// <param name="order">An order.</param>
    /// <returns>The order with its weights, or without any if its worker holds them; null if they have not come.</returns>
    public async Task<NextReply?> Complete(NextReply order)
    {
        if (order.Weights is not null)
            Keep(order);
        if (!order.WeightsAreInSilo)
            return order;
        long began = time.GetTimestamp();
        while (true)
        {
            TaskCompletionSource arrival;
            lock (_lock)
            {
                if (_weights is { } kept && (kept.Term, kept.Step) == (order.Term, order.Step))
                    return order with { Weights = kept.Weights };
                if (time.GetElapsedTime(began) >= Patience)
                    return null;
                _expecting.Add(arrival = NewWaiter());
            }

            await Wait(arrival, Patience - time.GetElapsedTime(began));
        }
    }

    /// <summary>A worker begins to compute the blocks of an order.</summary>
    public void Begin(Guid session, NextReply order)
    {
        lock (_lock)
            _computing[session] = new Computing(order.Term, order.Step, time.GetTimestamp());
    }

    /// <summary>A worker's session is over.</summary>
    public void Leave(Guid session)
    {
        lock (_lock)
            _computing.Remove(session);
    }

    /// <summary>
    /// Pushes what a worker has computed, together with what others of the silo compute for the same step. It waits for them no longer than
    /// it has computed itself.
    /// </summary>
    /// <param name="worker">The worker's name.</param>
    /// <param name="push">The gradients; the others' are added to their memory.</param>
    /// <param name="send">How a push is sent.</param>
    /// <returns>The answer; the next order is brought to the one only who pushed for all.</returns>
    public virtual async Task<PushReply> Push(string worker, GradientPush push, Func<GradientPush, Task<PushReply>> send)
    {
        var own = new Handed(push);
        var patience = LeastPatience;
        IReadOnlyList<Handed>? all = null;
        lock (_lock)
        {
            if (_computing.Remove(push.Session, out var computed) && time.GetElapsedTime(computed.Since) is var took && took > patience)
                patience = took;
            _handed.Add(own);
            if (servers.Has(run) || _rejected == (push.Term, push.Step))
                all = TakeOut([own]);
            else if (!_computing.Values.Any(other => IsOfStep(other.Term, other.Step)))
                all = TakeOut([own, .. _handed.Where(other => other != own && IsOfStep(other.Push.Term, other.Push.Step))]);
        }

        if (all is null)
        {
            await Wait(own.Waiter, patience);
            lock (_lock)
            {
                if (_handed.Contains(own))
                    all = TakeOut([own]);
                else if (own.Reply is null)
                    own.Waiter = NewWaiter();
            }
        }

        if (all is not null)
            return await Send(all, send);
        // Another has it on its way, and may not come back.
        if (own.Reply is null)
            await Wait(own.Waiter, Patience);
        return own.Reply ?? Unknown;

        bool IsOfStep(int term, int step) => (term, step) == (push.Term, push.Step);
    }

    /// <summary>One push of several, which are of one step: siblings among their blocks are added.</summary>
    public static GradientPush Sum(IReadOnlyList<GradientPush> pushes) => pushes is [var only] ? only : pushes[0] with
    {
        Fellows = [.. pushes.Skip(1).Select(push => push.Session)],
        ComputeSeconds = pushes.Sum(push => push.ComputeSeconds),
        Blocks = [.. Sum(pushes.SelectMany(push => push.Blocks))],
    };

    private async Task<PushReply> Send(IReadOnlyList<Handed> all, Func<GradientPush, Task<PushReply>> send)
    {
        var reply = Unknown;
        try
        {
            reply = await send(Sum([.. all.Select(handed => handed.Push)]));
            if (reply.Outcome == PushOutcome.Rejected && all.Count > 1)
            {
                // Whose it was is not known: each is pushed for itself when it has been computed again.
                lock (_lock)
                    _rejected = (all[0].Push.Term, all[0].Push.Step);
            }

            return reply;
        }
        finally
        {
            lock (_lock)
            {
                foreach (var other in all.Skip(1))
                {
                    other.Reply = reply with { Next = null };
                    other.Waiter.TrySetResult();
                }
            }
        }
    }

    private IReadOnlyList<Handed> TakeOut(IReadOnlyList<Handed> handed)
    {
        _handed.RemoveAll(handed.Contains);
        return handed;
    }

    private void Keep(NextReply order)
    {
        lock (_lock)
        {
            _weights = order;
            foreach (var expecting in _expecting)
                expecting.TrySetResult();
            _expecting.Clear();
        }
    }

    // Awaited itself, it goes on on the thread of the worker who waits.
    private async Task Wait(TaskCompletionSource waiter, TimeSpan atMost)
    {
        using var limit = time.CreateTimer(_ => waiter.TrySetResult(), null, atMost, Timeout.InfiniteTimeSpan);
        await waiter.Task;
    }

    private static TaskCompletionSource NewWaiter() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What became of a push that failed nobody knows: who asks next is told what is left to do.
    private static PushReply Unknown { get; } = new() { Outcome = PushOutcome.Stale, Next = null };

    private static List<BlockPush> Sum(IEnumerable<BlockPush> blocks)
    {
        var sums = new List<BlockPush>();
        foreach (var block in blocks.OrderBy(block => block.First).ThenBy(block => block.Count))
        {
            var sum = block;
            while (sums is [.., var left] && new Block(left.First, left.Count) is { IsLeft: true } it
                && it.Sibling == new Block(sum.First, sum.Count))
            {
                sums.RemoveAt(sums.Count - 1);
                sum = Add(left, sum);
            }

            sums.Add(sum);
        }

        return sums;
    }

    // As the parameter server's tree adds them; a block without samples is covered, but not added.
    private static BlockPush Add(BlockPush left, BlockPush right)
    {
        var sum = BlockSum.Add(new BlockSum(left.Loss, left.Hits, left.Samples), new BlockSum(right.Loss, right.Hits, right.Samples));
        byte[] gradient = left.Samples == 0 ? right.Gradient : left.Gradient;
        if (left.Samples > 0 && right.Samples > 0)
            Lanes.Add(MemoryMarshal.Cast<byte, float>(gradient.AsSpan()), MemoryMarshal.Cast<byte, float>(right.Gradient.AsSpan()));
        return new BlockPush
        {
            First = left.First,
            Count = left.Count + right.Count,
            Gradient = gradient,
            Loss = sum.Loss,
            Hits = sum.Hits,
            Samples = sum.Samples,
            Digest = BlockGradient.DigestOf(gradient, sum),
        };
    }
}
