using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Protocol.Rounds;

namespace MnistDistributed.Grains.Tests.Workers;

public class SiloRelayTests
{
    private const int Parameters = 5;
    private static readonly TimeSpan Compute = TimeSpan.FromMilliseconds(100);

    private readonly Clock _time = new();
    private readonly LocalServers _servers = new();
    private readonly List<GradientPush> _sent = [];
    private readonly SiloRelay _relay;
    private PushOutcome _outcome = PushOutcome.Accepted;

    public SiloRelayTests() => _relay = new SiloRelay("run", _servers, _time);

    [Fact]
    public async Task Who_is_done_last_pushes_the_sum_for_all()
    {
        var (a, b, c) = (Order(0, 2), Order(2, 2), Order(4, 4));
        var waiting = Task.WhenAll(Push(a), Push(c));
        Assert.Empty(_sent);

        var reply = await Push(b);

        var push = Assert.Single(_sent);
        Assert.Equal((b.Session, 1, 1), (push.Session, push.Term, push.Step));
        Assert.Equal([a.Session, c.Session], push.Fellows);
        Assert.Equal(0.75, push.ComputeSeconds);
        var block = Assert.Single(push.Blocks);
        Assert.Equal((0, 8, 3), (block.First, block.Count, block.Samples));
        Assert.Equal(Block(0, 8).Digest, Block(block).Digest);
        Assert.Equal(block.Digest, BlockGradient.DigestOf(block.Gradient, new(block.Loss, block.Hits, block.Samples)));
        // The next order is of the session that asked for it.
        Assert.NotNull(reply.Next);
        Assert.All(await waiting, other => Assert.Equal((PushOutcome.Accepted, null), (other.Outcome, other.Next)));
    }

    [Fact]
    public async Task Nobody_waits_for_the_others_longer_than_it_has_computed_itself()
    {
        var quick = Order(0, 4);
        var slow = Order(4, 4);
        _time.Advance(Compute);
        var pushing = Push(quick);

        _time.Advance(Compute - TimeSpan.FromMilliseconds(1));
        Assert.Empty(_sent);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await pushing;
        await Push(slow);

        Assert.Equal([quick.Session, slow.Session], _sent.Select(push => push.Session));
        Assert.All(_sent, push => Assert.Empty(push.Fellows));
    }

    [Fact]
    public async Task Nobody_waits_for_those_who_compute_another_step_or_whose_session_is_over()
    {
        var gone = Order(2, 2);
        Order(4, 4, step: 2);
        _relay.Leave(gone.Session);
        await Push(Order(0, 2));
        Assert.Single(_sent);
    }

    [Fact]
    public async Task Within_the_silo_of_the_parameter_server_everybody_pushes_for_himself()
    {
        _servers.Opened("run", 1);
        var (a, b) = (Order(0, 4), Order(4, 4));
        await Push(a);
        await Push(b);
        Assert.Equal(2, _sent.Count);
    }

    [Fact]
    public async Task After_a_push_that_was_rejected_each_pushes_for_himself_until_the_step_is_done()
    {
        _outcome = PushOutcome.Rejected;
        var first = Push(Order(0, 4), Order(4, 4));
        Assert.All(await first, reply => Assert.Equal(PushOutcome.Rejected, reply.Outcome));

        await Push(Order(0, 4), Order(4, 4));
        await Push(Order(0, 4, step: 2), Order(4, 4, step: 2));

        Assert.Equal([1, 0, 0, 1], _sent.Select(push => push.Fellows.Length));
    }

    [Fact]
    public async Task When_the_push_for_all_fails_its_sender_learns_why_and_the_others_ask_what_is_left_to_do()
    {
        var (a, b) = (Order(0, 4), Order(4, 4));
        var waiting = Push(a);

        await Assert.ThrowsAsync<TimeoutException>(() => _relay.Push("b", b, _ => throw new TimeoutException()));

        Assert.Equal((PushOutcome.Stale, null), ((await waiting).Outcome, (await waiting).Next));
    }

    [Fact]
    public async Task Nobody_waits_for_a_push_on_its_way_for_more_than_a_second()
    {
        var (a, b) = (Order(0, 4), Order(4, 4));
        var onItsWay = new TaskCompletionSource<PushReply>();
        var waiting = Push(a);
        var sending = _relay.Push("b", b, _ => onItsWay.Task);
        await _time.NextWait();

        // The other is no longer waited for; but its push is on its way.
        _time.Advance(Compute);
        await _time.NextWait();
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(PushOutcome.Stale, (await waiting).Outcome);
        Assert.False(sending.IsCompleted);
        onItsWay.SetResult(new PushReply { Outcome = PushOutcome.Accepted, Next = null });
        await sending;
    }

    [Fact]
    public async Task Weights_come_from_whoever_of_the_silo_was_sent_them()
    {
        var sent = Weights(step: 3, [1, 2, 3]);
        var shared = sent with { Weights = null };
        var early = _relay.Complete(shared);
        Assert.False(early.IsCompleted);

        Assert.Same(sent, await _relay.Complete(sent));

        Assert.Same(sent.Weights, (await early)!.Weights);
        Assert.Same(sent.Weights, (await _relay.Complete(shared))!.Weights);
        var held = sent with { Weights = null, WeightsDigest = 0 };
        Assert.Same(held, await _relay.Complete(held));
    }

    [Fact]
    public async Task Weights_that_do_not_come_within_a_second_are_asked_for()
    {
        var late = _relay.Complete(Weights(step: 3, null));
        await _relay.Complete(Weights(step: 2, [1]));
        await _time.NextWait();
        await _time.NextWait();
        Assert.False(late.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Null(await late);
    }

    /// <summary>A clock that stands still, and tells when somebody begins to wait for it.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private readonly SemaphoreSlim _waits = new(0);

        public Task NextWait() => _waits.WaitAsync(TestContext.Current.CancellationToken);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Release();
            return timer;
        }
    }

    /// <summary>Who computes each slot of a step, and which slots have samples.</summary>
    public sealed record Split(int[] Workers, int[] Samples);

    public static class Splits
    {
        public static Arbitrary<Split> Split() => (
            from slots in Gen.Elements(1, 2, 4, 8, 16)
            from workers in Gen.Choose(0, 3).ArrayOf(slots)
            from samples in Gen.Choose(0, 3).ArrayOf(slots)
            select new Split(workers, samples)).ToArbitrary();
    }

    [Property(Arbitrary = [typeof(Splits)])]
    public void A_sum_has_the_bits_of_the_parameter_servers_tree(Split split)
    {
        int slots = split.Workers.Length;
        var leaves = Enumerable.Range(0, slots).Select(slot => Leaf(slot, split.Samples[slot])).ToList();
        var alone = new GradientTree(slots, Parameters);
        foreach (var leaf in leaves)
            alone.Add(Block(leaf), "a");
        byte[] expected = Root(alone);

        var pushes = leaves.Zip(split.Workers).GroupBy(pair => pair.Second, pair => pair.First).Select(group => Push([.. group])).ToList();
        var sum = SiloRelay.Sum(pushes);
        var together = new GradientTree(slots, Parameters);
        foreach (var block in sum.Blocks)
        {
            Assert.Equal(Block(block).ComputeDigest(), block.Digest);
            together.Add(Block(block), "a");
        }

        Assert.Equal(expected, Root(together));
        Assert.Equal(alone.Sum, together.Sum);
        Assert.Single(pushes.Count > 1 ? sum.Blocks : sum.Blocks[..1]);
    }

    private static byte[] Root(GradientTree tree)
    {
        var (half, other) = tree.Gradient;
        float[] sum = half.IsEmpty ? new float[Parameters] : MemoryMarshal.Cast<byte, float>(half.Span).ToArray();
        for (int i = 0; i < Parameters && !other.IsEmpty; i++)
            sum[i] += MemoryMarshal.Cast<byte, float>(other.Span)[i];
        return MemoryMarshal.AsBytes(sum.AsSpan()).ToArray();
    }

    private static BlockPush Leaf(int slot, int samples)
    {
        float[] gradient = [.. Enumerable.Range(0, Parameters).Select(i => samples == 0 ? 0 : (float)Math.Sin((slot + 1) * (i + 0.3)) / 3)];
        // What adding zero would change.
        gradient[0] = samples == 0 ? 0 : -0f;
        byte[] bytes = MemoryMarshal.AsBytes(gradient.AsSpan()).ToArray();
        var sum = new BlockSum(samples / 3.0, samples / 2, samples);
        return new BlockPush
        {
            First = slot, Count = 1, Gradient = bytes, Loss = sum.Loss, Hits = sum.Hits, Samples = samples,
            Digest = BlockGradient.DigestOf(bytes, sum),
        };
    }

    private static BlockGradient Block(BlockPush push) =>
        new(new Block(push.First, push.Count), push.Gradient, new BlockSum(push.Loss, push.Hits, push.Samples), push.Digest);

    private static BlockGradient Block(int first, int count)
    {
        float[] gradient = new float[Parameters];
        for (int slot = first; slot < first + count; slot += 4)
            gradient[0] += slot;
        byte[] bytes = MemoryMarshal.AsBytes(gradient.AsSpan()).ToArray();
        var sum = new BlockSum(1.5, 3, 3);
        return new(new Block(first, count), bytes, sum, BlockGradient.DigestOf(bytes, sum));
    }

    private static GradientPush Push(BlockPush[] blocks) => new()
    {
        Session = Guid.NewGuid(), Term = 1, Step = 1, Order = 1, Blocks = blocks, ComputeSeconds = 0.25, AsksNext = true,
    };

    private static NextReply Weights(int step, byte[]? weights) => new()
    {
        Kind = NextKind.Work, Term = 1, Step = step, Order = 1, Images = null, Blocks = [0, 4], First = 0, Count = 0, Weights = weights,
        WeightsDigest = 77,
    };

    /// <summary>A worker begins to compute an order of so many slots, whose gradient is the first slot's number.</summary>
    private GradientPush Order(int first, int count, int step = 1)
    {
        float[] gradient = [first == 2 ? 0 : first, 0, 0, 0, 0];
        byte[] bytes = MemoryMarshal.AsBytes(gradient.AsSpan()).ToArray();
        var block = new BlockPush
        {
            First = first, Count = count, Gradient = bytes, Loss = 0.5, Hits = 1, Samples = 1,
            Digest = BlockGradient.DigestOf(bytes, new(0.5, 1, 1)),
        };
        var push = Push([block]) with { Step = step };
        _relay.Begin(push.Session, Weights(step, [1]));
        return push;
    }

    private Task<PushReply[]> Push(params GradientPush[] pushes) => Task.WhenAll(pushes.Select(Push));

    private Task<PushReply> Push(GradientPush push) => _relay.Push("worker", push, sent =>
    {
        _sent.Add(sent);
        return Task.FromResult(new PushReply { Outcome = _outcome, Next = Weights(sent.Step + 1, [1]) });
    });
}
