using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

public sealed class TrainingProtocolTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_session_that_leaves_gives_its_slots_back_at_once()
    {
        var protocol = Open(_time);
        var gone = protocol.Join("gone");
        var stays = protocol.Join("stays");
        protocol.Next(gone, 0, 0);
        protocol.Next(stays, 0, 0);
        protocol.Leave(gone);
        Assert.Equal(NextKind.Work, protocol.Next(stays, 0, 0).Kind);
    }

    [Fact]
    public void An_order_whose_answer_was_lost_is_given_again_until_its_lease_ends()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var order = protocol.Next(session, 0, 0).Order!;
        Assert.Equal(order.Blocks, protocol.Next(session, 0, 0).Order!.Blocks);
        var end = protocol.UntilLeaseEnds;
        protocol.Next(session, 0, 0);
        Assert.Equal(end, protocol.UntilLeaseEnds);
    }

    [Fact]
    public void Weights_are_sent_only_to_sessions_that_hold_others()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        Assert.True(protocol.Next(session, 0, 0).Order!.NeedsWeights);
        Assert.False(protocol.Next(session, 1, 0).Order!.NeedsWeights);
        Assert.True(protocol.Next(session, 1, 5).Order!.NeedsWeights);
    }

    [Fact]
    public void Stale_pushes_change_nothing()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var push = new[] { Fake.Push(0, new Block(0, 8)) };
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, term: 2, step: 0, push).Outcome);
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, term: 1, step: 1, push).Outcome);
        Assert.Equal(PushOutcome.Stale, protocol.Push(Guid.NewGuid(), term: 1, step: 0, push).Outcome);
        Assert.Equal(PushOutcome.Stale, protocol.PushLogits(session, 1, 0, Chunk(EvaluationSet.Test, 0, [])).Outcome);
        Assert.Equal(0, protocol.State.Step);
        Assert.Equal(4, protocol.Counters.StalePushes);
        Assert.Equal(PushOutcome.Accepted, protocol.Push(session, term: 1, step: 0, push).Outcome);
        Assert.Equal(1, protocol.State.Step);
    }

    [Fact]
    public void A_push_with_one_bad_block_counts_not_at_all()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var good = Fake.Push(0, new Block(0, 4));
        var other = Fake.Push(0, new Block(4, 4));
        BlockGradient[] bad =
        [
            other with { Block = new Block(3, 4) },
            other with { Gradient = other.Gradient[4..] },
            other with { Sum = other.Sum with { Samples = 1 } },
            other with { Sum = other.Sum with { Hits = 1000 } },
        ];
        foreach (var block in bad)
            Assert.Equal(PushOutcome.Malformed, protocol.Push(session, 1, 0, [good, block]).Outcome);
        Assert.Equal(PushOutcome.Malformed, protocol.Push(session, 1, 0, []).Outcome);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [good, other with { Digest = other.Digest + 1 }]).Outcome);
        Assert.Equal(PushOutcome.Accepted, protocol.Push(session, 1, 0, [other]).Outcome);
        Assert.Equal(0, protocol.State.Step);
    }

    [Fact]
    public void The_last_step_says_which_worker_computed_which_slots()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        Assert.Null(protocol.LastStep);
        foreach (var block in new[] { new Block(6, 2), new Block(1, 1), new Block(0, 1) })
            protocol.Push(a, 1, 0, [Fake.Push(0, block)]);
        // Replaces two that are held, and then comes too late for one that is.
        protocol.Push(b, 1, 0, [Fake.Push(0, new Block(4, 4)), Fake.Push(0, new Block(1, 1)), Fake.Push(0, new Block(2, 2))]);
        var step = protocol.LastStep!;
        Assert.Equal(0, step.Step);
        Assert.Equal(
            [(new Block(0, 1), "a"), (new Block(1, 1), "a"), (new Block(2, 2), "b"), (new Block(4, 4), "b")],
            step.Blocks.Select(block => (block.Block, block.Worker)));
        Assert.All(step.Blocks, block => Assert.Equal(Fake.Push(0, block.Block).Digest, block.Digest));
    }

    [Fact]
    public void Two_workers_with_other_bits_for_one_block_fail_the_run_and_are_named()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("run/silo-0/0"), protocol.Join("run/silo-1/0"));
        var push = Fake.Push(0, new Block(0, 4));
        protocol.Push(a, 1, 0, [push]);
        byte[] flipped = push.Gradient.ToArray();
        flipped[17] ^= 1;
        protocol.Push(b, 1, 0, [push with { Gradient = flipped, Digest = BlockGradient.DigestOf(flipped, push.Sum) }]);
        Assert.Equal(RunPhase.Failed, protocol.Phase);
        Assert.Contains("run/silo-0/0", protocol.Failure, StringComparison.Ordinal);
        Assert.Contains("run/silo-1/0", protocol.Failure, StringComparison.Ordinal);
        Assert.Equal(NextKind.Stop, protocol.Next(a, 0, 0).Kind);
    }

    [Fact]
    public void A_worker_of_another_version_data_set_or_arithmetic_is_refused_and_both_are_named()
    {
        var protocol = Open(_time);
        var hello = Hello("a");
        Assert.Equal(
            $"Worker a has protocol version 99, the run has {TrainingProtocol.Version}.",
            protocol.Join(hello with { ProtocolVersion = 99 }));
        Assert.Equal(
            $"Worker a has numerics version 99, the run has {GradientEngines.NumericsVersion}.",
            protocol.Join(hello with { NumericsVersion = 99 }));
        Assert.Equal($"Worker a has data digest b, the run has {Spec.DataDigest}.", protocol.Join(hello with { DataDigest = "b" }));
        Assert.Equal("Worker a has gradient fingerprint x, the run has f.", protocol.Join(hello with { Fingerprint = "x" }));
        Assert.Equal(0, protocol.Workers);
        Assert.NotNull(protocol.Trouble);
        protocol.Join("good");
        Assert.Null(protocol.Trouble);
        Assert.Equal("Worker a has gradient fingerprint x, the run has f.", protocol.Incidents[^1]);
        protocol.Leave(Guid.NewGuid(), "no data");
        Assert.Equal("no data", protocol.Trouble);
        Assert.Equal("no data", protocol.Incidents[^1]);
        Assert.Equal(5, protocol.IncidentCount);
        Assert.Equal((4, 1), (protocol.Counters.RefusedWorkers, protocol.Counters.GivenUpWorkers));
        Assert.Equal(["good"], protocol.WorkerNames);
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
                Assert.Equal(PushOutcome.Malformed, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First + 1, logits)).Outcome);
                Assert.Equal(PushOutcome.Malformed, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First, logits[1..])).Outcome);
                Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(session, 1, 1, Chunk(set, chunk.First, logits)).Outcome);
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
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Push(a, 1, 0, [fake.Push(0, new Block(0, 8))]);
        protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Validation, 0, new float[50]));
        protocol.Continue(1);
        float[] logits = [.. Enumerable.Repeat(1f, 5000)];
        Assert.Equal(PushOutcome.Rejected, protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Test, 0, logits) with { Digest = 1 }).Outcome);
        Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(a, 1, 1, Chunk(EvaluationSet.Test, 0, logits)).Outcome);
        Assert.Equal(PushOutcome.Accepted, protocol.PushLogits(b, 1, 1, Chunk(EvaluationSet.Test, 0, logits)).Outcome);
        Assert.Equal(RunPhase.Testing, protocol.Phase);
        logits[4999] = 2;
        protocol.PushLogits(b, 1, 1, Chunk(EvaluationSet.Test, 0, logits));
        Assert.Equal(RunPhase.Failed, protocol.Phase);
        Assert.StartsWith(
            "Workers b and a computed different bits for images 0 to 499 after step 1", protocol.Failure, StringComparison.Ordinal);
        Assert.Equal(1f, protocol.Logits[4999]);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(0, 0)]
    [InlineData(0, -1)]
    public void A_term_whose_parts_do_not_belong_together_is_not_opened(int evaluated, int testImages)
    {
        Assert.Throws<ArgumentException>(() =>
            new TrainingProtocol(1, Spec, Fake.Initial(), evaluated, testImages, "f", _time, new TermOptions()));
    }

    [Fact]
    public void A_closed_term_stops_its_workers_and_takes_nothing_more()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        protocol.Close();
        Assert.Equal(NextKind.Stop, protocol.Next(session, 0, 0).Kind);
        Assert.Equal(PushOutcome.Stale, protocol.Push(session, 1, 0, [Fake.Push(0, new Block(0, 8))]).Outcome);
    }

    [Fact]
    public void Leases_follow_the_measured_time_of_a_slot()
    {
        var protocol = new TrainingProtocol(
            1, FakeGradients.Spec(epochs: 4), Fake.Initial(), 0, 3, "f", _time,
            new TermOptions { Leases = new LeaseOptions { MeasuredSteps = 3, Floor = TimeSpan.FromMinutes(1) } });
        var session = protocol.Join("a");
        for (int step = 0; step < 3; step++)
        {
            var order = protocol.Ask(session);
            Assert.Equal(TimeSpan.FromMinutes(1), order.Lease);
            _time.Advance(TimeSpan.FromSeconds(8));
            protocol.Answer(session, order);
        }

        Assert.Equal(TimeSpan.FromSeconds(64), protocol.Next(session, 0, 0).Order!.Lease);
    }
}
