using System.Runtime.InteropServices;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Protocol;

public sealed class TrainingProtocolTests
{
    private static readonly RunSpec Spec = FakeGradients.Spec();
    private static readonly FakeGradients Fake = new(Spec);
    private static readonly TrainingState Undisturbed = Fake.Undisturbed();
    private static readonly string Expected = WeightsDigest.Of(Undisturbed.Weights);

    private readonly FakeTimeProvider _time = new();

    [Property(MaxTest = 300)]
    public void Whatever_happens_on_the_way_the_run_ends_with_the_undisturbed_weights(byte[] events)
    {
        var world = new World(Open(), _time);
        foreach (byte e in events)
            world.Happen(e);
        world.FinishWithOneNewSession();

        Assert.Equal(Expected, WeightsDigest.Of(world.Protocol.State.Weights));
        Assert.Equal(Enumerable.Repeat(70, Spec.Epochs), world.SamplesOfEpochs);
        Assert.Equal(Undisturbed.EpochSum, world.Protocol.State.EpochSum);
        Assert.Null(world.Protocol.Progress.Failure);
    }

    [Property(MaxTest = 50)]
    public void A_term_opened_from_any_snapshot_ends_with_the_undisturbed_weights(byte[] before, byte[] after)
    {
        var world = new World(Open(), _time);
        foreach (byte e in before)
            world.Happen(e);
        var state = TrainingState.FromBytes(world.Protocol.State.ToBytes(), Spec);
        var second = new World(Open(term: 2, state, world.SamplesOfEpochs.Count), _time);
        foreach (byte e in after)
            second.Happen(e);
        second.FinishWithOneNewSession();

        Assert.Equal(Expected, WeightsDigest.Of(second.Protocol.State.Weights));
        Assert.Equal(Spec.Epochs, world.SamplesOfEpochs.Count + second.SamplesOfEpochs.Count);
    }

    [Fact]
    public void A_session_that_never_asks_costs_one_lease_and_gets_no_share_of_the_next_step()
    {
        var protocol = Open();
        var silent = Join(protocol, "silent");
        var busy = Join(protocol, "busy");
        // Nobody was there when the first step was dealt, so its slots are anybody's; the second step has shares.
        Finish(protocol, busy, protocol.Next(busy, 0, 0));
        Finish(protocol, busy, protocol.Next(busy, 0, 0));
        Assert.Equal(1, protocol.State.Step);
        var half = protocol.Next(busy, 1, 1).Order!;
        Assert.Equal([new Block(4, 4)], half.Blocks);
        Finish(protocol, busy, new(NextKind.Work, half));
        Assert.Equal(NextKind.AskAgain, protocol.Next(busy, 1, 1).Kind);
        _time.Advance(protocol.UntilLeaseEnds!.Value);
        Finish(protocol, busy, protocol.Next(busy, 1, 1));
        Assert.Equal(2, protocol.State.Step);
        Assert.Equal([new Block(0, 8)], protocol.Next(busy, 1, 1).Order!.Blocks);
        Assert.Equal(1, protocol.Progress.Workers);
        Assert.Equal(NextKind.AskAgain, protocol.Next(silent, 0, 0).Kind);
        Assert.Equal(2, protocol.Progress.Workers);
    }

    [Fact]
    public void A_session_that_leaves_gives_its_slots_back_at_once()
    {
        var protocol = Open();
        var gone = Join(protocol, "gone");
        var stays = Join(protocol, "stays");
        protocol.Next(gone, 0, 0);
        protocol.Next(stays, 0, 0);
        protocol.Leave(gone);
        Assert.Equal(NextKind.Work, protocol.Next(stays, 0, 0).Kind);
    }

    [Fact]
    public void An_order_whose_answer_was_lost_is_given_again_until_its_lease_ends()
    {
        var protocol = Open();
        var session = Join(protocol, "a");
        var order = protocol.Next(session, 0, 0).Order!;
        Assert.Equal(order.Blocks, protocol.Next(session, 0, 0).Order!.Blocks);
        var end = protocol.UntilLeaseEnds;
        protocol.Next(session, 0, 0);
        Assert.Equal(end, protocol.UntilLeaseEnds);
    }

    [Fact]
    public void Weights_are_sent_only_to_sessions_that_hold_others()
    {
        var protocol = Open();
        var session = Join(protocol, "a");
        Assert.True(protocol.Next(session, 0, 0).Order!.NeedsWeights);
        Assert.False(protocol.Next(session, 1, 0).Order!.NeedsWeights);
        Assert.True(protocol.Next(session, 1, 5).Order!.NeedsWeights);
    }

    [Fact]
    public void Stale_pushes_change_nothing()
    {
        var protocol = Open();
        var session = Join(protocol, "a");
        var push = new[] { Fake.Push(0, new Block(0, 8)) };
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, term: 2, step: 0, push));
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, term: 1, step: 1, push));
        Assert.Equal(PushOutcome.Stale, protocol.Push(Guid.NewGuid(), term: 1, step: 0, push));
        Assert.Equal(PushOutcome.Stale, protocol.PushLogits(session, 1, 0, Chunk(EvaluationSet.Test, 0, [])));
        Assert.Equal(0, protocol.State.Step);
        Assert.Equal(4, protocol.Progress.StalePushes);
        Assert.Equal(PushOutcome.Accepted, protocol.Push(session, term: 1, step: 0, push));
        Assert.Equal(1, protocol.State.Step);
    }

    [Fact]
    public void A_push_with_one_bad_block_counts_not_at_all()
    {
        var protocol = Open();
        var session = Join(protocol, "a");
        var good = Fake.Push(0, new Block(0, 4));
        var other = Fake.Push(0, new Block(4, 4));
        BlockGradient[] bad =
        [
            other with { Digest = other.Digest + 1 },
            other with { Block = new Block(3, 4) },
            other with { Gradient = other.Gradient[4..] },
            other with { Sum = other.Sum with { Samples = 1 } },
            other with { Sum = other.Sum with { Hits = 1000 } },
        ];
        foreach (var block in bad)
            Assert.Equal(PushOutcome.Malformed, protocol.Push(session, 1, 0, [good, block]));
        Assert.Equal(PushOutcome.Malformed, protocol.Push(session, 1, 0, []));
        Assert.Equal(PushOutcome.Accepted, protocol.Push(session, 1, 0, [other]));
        Assert.Equal(0, protocol.State.Step);
    }

    [Fact]
    public void Two_workers_with_other_bits_for_one_block_fail_the_run_and_are_named()
    {
        var protocol = Open();
        var (a, b) = (Join(protocol, "run/silo-0/0"), Join(protocol, "run/silo-1/0"));
        var push = Fake.Push(0, new Block(0, 4));
        protocol.Push(a, 1, 0, [push]);
        byte[] flipped = push.Gradient.ToArray();
        flipped[17] ^= 1;
        protocol.Push(b, 1, 0, [push with { Gradient = flipped, Digest = BlockGradient.DigestOf(flipped, push.Sum) }]);
        Assert.Equal(RunPhase.Failed, protocol.Phase);
        Assert.Contains("run/silo-0/0", protocol.Progress.Failure, StringComparison.Ordinal);
        Assert.Contains("run/silo-1/0", protocol.Progress.Failure, StringComparison.Ordinal);
        Assert.Equal(NextKind.Stop, protocol.Next(a, 0, 0).Kind);
    }

    [Fact]
    public void A_worker_of_another_version_data_set_or_arithmetic_is_refused_and_both_are_named()
    {
        var protocol = Open();
        var hello = Hello("a");
        Assert.Equal($"Worker a has protocol version 7, the run has {TrainingProtocol.Version}.", protocol.Join(hello with { ProtocolVersion = 7 }));
        Assert.Equal("Worker a has numerics version 7, the run has 1.", protocol.Join(hello with { NumericsVersion = 7 }));
        Assert.Equal($"Worker a has data digest b, the run has {Spec.DataDigest}.", protocol.Join(hello with { DataDigest = "b" }));
        Assert.Equal("Worker a has gradient fingerprint x, the run has f.", protocol.Join(hello with { Fingerprint = "x" }));
        Assert.Equal(0, protocol.Progress.Workers);
        Assert.NotNull(protocol.Progress.Trouble);
        Join(protocol, "good");
        Assert.Null(protocol.Progress.Trouble);
        Assert.Equal("Worker a has gradient fingerprint x, the run has f.", protocol.Progress.Incidents[^1]);
        protocol.Leave(Guid.NewGuid(), "no data");
        Assert.Equal("no data", protocol.Progress.Trouble);
        Assert.Equal("no data", protocol.Progress.Incidents[^1]);
        Assert.Equal(5, protocol.Progress.IncidentCount);
    }

    [Fact]
    public void An_evaluation_hands_out_every_chunk_once_and_waits_for_the_coordinator()
    {
        var spec = FakeGradients.Spec(images: 1304, validation: 1234, epochs: 1, batch: 80);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 700, "f", _time, new TermOptions());
        var session = Guid.NewGuid();
        protocol.Join(Hello("a", spec) with { Session = session });
        var order = protocol.Next(session, 0, 0).Order!;
        protocol.Push(session, 1, 0, order.Blocks.Select(block => fake.Push(0, block)).ToList());

        Assert.Equal(RunPhase.Validating, protocol.Phase);
        Assert.Equal([(0, 500), (500, 500), (1000, 234)], Evaluate(EvaluationSet.Validation));
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        Assert.Equal(Enumerable.Range(0, 12340).Select(i => (float)i), protocol.Logits.ToArray());
        Assert.Equal(NextKind.AskAgain, protocol.Next(session, 1, 1).Kind);
        protocol.Continue(step: 0);
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        protocol.Continue(step: 1);
        Assert.Equal([(0, 500), (500, 200)], Evaluate(EvaluationSet.Test));
        Assert.Equal(RunPhase.Done, protocol.Phase);
        Assert.Equal(NextKind.Stop, protocol.Next(session, 1, 1).Kind);

        List<(int, int)> Evaluate(EvaluationSet set)
        {
            var chunks = new List<(int, int)>();
            while (protocol.Next(session, 1, 1) is { Kind: NextKind.Work, Order: { } chunk })
            {
                Assert.Equal(set, chunk.Images);
                float[] logits = Enumerable.Range(chunk.First * 10, chunk.Count * 10).Select(i => (float)i).ToArray();
                Assert.Equal(PushOutcome.Malformed, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First + 1, logits)));
                Assert.Equal(PushOutcome.Malformed, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First, logits[1..])));
                Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First, logits)));
                chunks.Add((chunk.First, chunk.Count));
            }

            return chunks;
        }
    }

    [Fact]
    public void The_first_logits_of_a_chunk_count_and_others_with_other_bits_fail_the_run()
    {
        var spec = FakeGradients.Spec(epochs: 1, validation: 5, images: 21);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 501, "f", _time, new TermOptions());
        var (a, b) = (Join(protocol, "a"), Join(protocol, "b"));
        protocol.Push(a, 1, 0, [fake.Push(0, new Block(0, 8))]);
        protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Validation, 0, new float[50]));
        protocol.Continue(1);
        float[] logits = [.. Enumerable.Repeat(1f, 5000)];
        Assert.Equal(PushOutcome.Malformed, protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Test, 0, logits) with { Digest = 1 }));
        Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Test, 0, logits)));
        Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(b, 1, 1, Chunk(EvaluationSet.Test, 0, logits)));
        Assert.Equal(RunPhase.Testing, protocol.Phase);
        logits[4999] = 2;
        protocol.PushLogits(b, 1, 1, Chunk(EvaluationSet.Test, 0, logits));
        Assert.Equal(RunPhase.Failed, protocol.Phase);
        Assert.StartsWith("Workers b and a computed different bits for images 0 to 499 after step 1", protocol.Progress.Failure, StringComparison.Ordinal);
        Assert.Equal(1f, protocol.Logits[4999]);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    public void A_term_whose_parts_do_not_belong_together_is_not_opened(int evaluated, int testImages)
    {
        Assert.Throws<ArgumentException>(() => new TrainingProtocol(1, Spec, Fake.Initial(), evaluated, testImages, "f", _time, new TermOptions()));
    }

    [Fact]
    public void A_closed_term_stops_its_workers_and_takes_nothing_more()
    {
        var protocol = Open();
        var session = Join(protocol, "a");
        protocol.Close();
        Assert.Equal(NextKind.Stop, protocol.Next(session, 0, 0).Kind);
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, 1, 0, [Fake.Push(0, new Block(0, 8))]));
    }

    [Fact]
    public void Leases_follow_the_measured_time_of_a_slot()
    {
        var protocol = new TrainingProtocol(
            1, FakeGradients.Spec(epochs: 4), Fake.Initial(), 0, 3, "f", _time, new TermOptions { Leases = new LeaseOptions { MeasuredSteps = 3, Floor = TimeSpan.FromMinutes(1) } });
        var session = Join(protocol, "a");
        for (int step = 0; step < 3; step++)
        {
            var order = protocol.Next(session, 0, 0);
            Assert.Equal(TimeSpan.FromMinutes(1), order.Order!.Lease);
            _time.Advance(TimeSpan.FromSeconds(8));
            Finish(protocol, session, order);
        }

        Assert.Equal(TimeSpan.FromSeconds(64), protocol.Next(session, 0, 0).Order!.Lease);
    }

    private TrainingProtocol Open(int term = 1, TrainingState? state = null, int evaluated = 0) =>
        new(term, Spec, state ?? Fake.Initial(), evaluated, testImages: 3, "f", _time, new TermOptions { Leases = new LeaseOptions { MeasuredSteps = 2 } });

    private static LogitsChunk Chunk(EvaluationSet images, int first, float[] logits)
    {
        byte[] bytes = MemoryMarshal.AsBytes(logits.AsSpan()).ToArray();
        return new LogitsChunk(images, first, bytes, LogitsChunk.DigestOf(bytes));
    }

    private static WorkerHello Hello(string worker, RunSpec? spec = null) =>
        new(Guid.NewGuid(), worker, TrainingProtocol.Version, (spec ?? Spec).NumericsVersion, (spec ?? Spec).DataDigest, "f");

    private static Guid Join(TrainingProtocol protocol, string worker)
    {
        var hello = Hello(worker);
        Assert.Null(protocol.Join(hello));
        return hello.Session;
    }

    private static void Finish(TrainingProtocol protocol, Guid session, NextAnswer answer) => Assert.Equal(
        PushOutcome.Accepted,
        protocol.Push(session, protocol.Term, answer.Order!.Step, answer.Order.Blocks.Select(block => Fake.Push(answer.Order.Step, block)).ToList()));

    /// <summary>Sessions, orders on their way and pushes on their way, moved by events that are bytes.</summary>
    private sealed class World(TrainingProtocol protocol, FakeTimeProvider time)
    {
        private readonly List<Guid> _sessions = [];
        private readonly List<(Guid Session, WorkOrder Order)> _orders = [];

        public TrainingProtocol Protocol => protocol;

        public List<int> SamplesOfEpochs { get; } = [];

        public void Happen(byte e)
        {
            int who = e / 8;
            switch (e % 8)
            {
                case 0:
                    _sessions.Add(Join(protocol, $"w{_sessions.Count}"));
                    break;
                case 1 or 2 when _sessions.Count > 0:
                    var asking = _sessions[who % _sessions.Count];
                    if (protocol.Next(asking, protocol.Term, who % 3) is { Kind: NextKind.Work, Order: { } order })
                        _orders.Add((asking, order));
                    break;
                case 3 or 4 when _orders.Count > 0:
                    // The order stays: it may be answered again, in this step or in a later one.
                    Answer(_orders[who % _orders.Count]);
                    break;
                case 5 when _sessions.Count > 0:
                    _sessions.RemoveAt(who % _sessions.Count);
                    break;
                case 6 when _sessions.Count > 0:
                    protocol.Leave(_sessions[who % _sessions.Count]);
                    break;
                case 7:
                    time.Advance(TimeSpan.FromSeconds(who));
                    if (_sessions.Count > 0 && protocol.Phase == RunPhase.Training)
                        PushSomeNode(_sessions[^1], who);
                    break;
            }

            TakeEpoch();
        }

        public void FinishWithOneNewSession()
        {
            var session = Join(protocol, "last");
            while (!protocol.IsOver)
            {
                var answer = protocol.Next(session, 0, 0);
                if (answer.Kind == NextKind.Work)
                    Answer((session, answer.Order!));
                else
                    time.Advance(Assert.NotNull(protocol.UntilLeaseEnds));
                TakeEpoch();
            }
        }

        private void Answer((Guid Session, WorkOrder Order) work)
        {
            var order = work.Order;
            if (order.Images is { } images)
                protocol.PushLogits(work.Session, order.Term, order.Step, Chunk(images, order.First, new float[order.Count * 10]));
            else
                protocol.Push(work.Session, order.Term, order.Step, order.Blocks.Select(block => Fake.Push(order.Step, block)).ToList());
        }

        private void PushSomeNode(Guid session, int node)
        {
            int count = 1 << node % 4;
            protocol.Push(session, protocol.Term, protocol.State.Step, [Fake.Push(protocol.State.Step, new Block(node % (8 / count) * count, count))]);
        }

        private void TakeEpoch()
        {
            if (protocol.Phase != RunPhase.EpochDone)
                return;
            SamplesOfEpochs.Add(protocol.State.EpochSum.Samples);
            protocol.Continue(protocol.State.Step);
        }
    }
}
