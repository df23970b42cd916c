using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>Pushes whose numbers cannot be used: named, dropped whole, computed again.</summary>
public sealed class FlawedPushTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_gradient_that_is_not_finite_counts_not_at_all_and_worker_step_and_slots_are_named()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        var mine = protocol.Ask(a);
        protocol.Ask(b);
        Assert.Equal([new Block(0, 4)], mine.Blocks);
        var bad = FlawedPushes.NotFinite(Fake.Push(1, new Block(2, 2)));
        Assert.Equal(PushOutcome.Rejected, protocol.Push(a, 1, 1, [Fake.Push(1, new Block(0, 2)), bad]).Outcome);
        Assert.Equal(1, protocol.Counters.RejectedPushes);
        Assert.Equal(
            ["Worker run/silo/0 pushed a gradient with NaN or infinity for slots 2 to 3 of step 1; it is computed again elsewhere."],
                protocol.Incidents);
        // The good half of it is ordered again as well.
        protocol.Answer(b, protocol.Ask(b));
        var again = new[] { protocol.Ask(b), DoAndAsk(protocol, b) };
        Assert.Equal([new Block(0, 2), new Block(2, 2)], again.SelectMany(order => order.Blocks));
        protocol.Answer(b, again[1]);
        Assert.Equal(2, protocol.State.Step);
        Assert.All(protocol.LastStep!.Blocks, block => Assert.Equal("run/silo/1", block.Worker));
    }

    [Fact]
    public void A_rejected_push_that_comes_twice_is_no_second_computation()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var first = protocol.Ask(session);
        var bad = FlawedPushes.NotFinite(Gradients(first)[0]);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [bad], first.Number).Outcome);
        var again = protocol.Ask(session);
        Assert.NotEqual(first.Number, again.Number);
        Assert.Equal(first.Blocks, again.Blocks);

        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [bad], first.Number).Outcome);
        Assert.Equal(RunPhase.Training, protocol.Phase);

        var third = protocol.Ask(session);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [bad], third.Number).Outcome);
        Assert.Equal(RunPhase.Failed, protocol.Phase);
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_rejected_too()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var push = Fake.Push(0, new Block(0, 8));
        var sum = push.Sum with { Loss = double.PositiveInfinity };
        var bad = push with { Sum = sum, Digest = BlockGradient.DigestOf(push.Gradient.Span, sum) };
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [bad]).Outcome);
    }

    [Fact]
    public void A_digest_that_is_not_that_of_the_bytes_is_named_and_the_same_block_is_ordered_again()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Ask(a);
        protocol.Ask(b);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(b, 1, 1, [FlawedPushes.OtherBytes(Fake.Push(1, new Block(7, 1)))]).Outcome);
        Assert.Equal(
            "Worker run/silo/1 pushed a gradient whose digest is not that of its bytes for slot 7 of step 1; it is computed again "
                + "elsewhere.",
            protocol.Incidents[^1]);
        protocol.Answer(a, protocol.Ask(a));
        Assert.Equal([new Block(4, 2), new Block(6, 1)], protocol.Ask(a).Blocks);
        Assert.Equal([new Block(7, 1)], DoAndAsk(protocol, a).Blocks);
    }

    [Fact]
    public void Who_was_rejected_is_on_probation_and_gets_the_block_only_where_no_member_is_left()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(a))[0])]);
        // A copy of what the other holds, but not of what it failed at.
        var copy = protocol.Ask(a);
        Assert.Equal([new Block(4, 4)], copy.Blocks);
        protocol.Answer(a, copy);
        protocol.AssertWaits(a);
        protocol.Leave(b);
        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
    }

    [Fact]
    public void A_rejected_session_that_answers_its_copy_is_a_member_from_the_next_step_on_and_not_before()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(a))[0])]);
        protocol.Answer(a, protocol.Ask(a));
        protocol.AssertWaits(a);
        Assert.Equal([new Block(0, 4)], protocol.Ask(b).Blocks);
        protocol.Answer(b, protocol.Ask(b));
        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
    }

    [Fact]
    public void The_same_bits_from_another_worker_fail_the_run_with_both_named_and_what_to_do()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(a))[0])]);
        protocol.Answer(b, protocol.Ask(b));
        protocol.Push(b, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(b))[0])]);
        Assert.Equal(RunPhase.Failed, protocol.Phase);
        Assert.Equal(
            "Workers run/silo/0 and run/silo/1 computed, bit for bit the same, a gradient with NaN or infinity for slots 0 to 3 of step 1: "
            + "the training has diverged. Train with a lower learning rate, or with a bound on the gradient's norm.",
            protocol.Failure);
        Assert.Equal(NextKind.Stop, protocol.Next(a, 0, 0).Kind);
    }

    [Fact]
    public void A_single_worker_computes_the_block_once_more_before_the_run_fails()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        var order = protocol.Ask(session);
        BlockGradient[] bad = [FlawedPushes.OtherBytes(Gradients(order)[0])];
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, bad).Outcome);
        // That the same push comes twice says nothing.
        Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, bad).Outcome);
        Assert.Equal(RunPhase.Training, protocol.Phase);
        Assert.EndsWith("; it is computed again.", protocol.Incidents[^1], StringComparison.Ordinal);
        Assert.Equal(order.Blocks, protocol.Ask(session).Blocks);
        protocol.Push(session, 1, 0, bad);
        Assert.Equal(
            "Worker a computed, bit for bit the same, a gradient whose digest is not that of its bytes for slots 0 to 7 of step 0: "
            + "the workers' program or machines are broken. Run one version everywhere, and look at memory and network.",
            protocol.Failure);
    }

    [Fact]
    public void Other_bits_each_time_fail_the_run_at_the_third()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        for (uint bits = 1; bits <= 3; bits++)
        {
            Assert.Null(protocol.Failure);
            var bad = FlawedPushes.NotFinite(Gradients(protocol.Ask(session))[0], bits);
            Assert.Equal(PushOutcome.Rejected, protocol.Push(session, 1, 0, [bad]).Outcome);
        }

        Assert.StartsWith(
            "Worker a computed, 3 times with different bits, a gradient with NaN", protocol.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_recomputation_is_forgiven_and_the_next_step_counts_anew()
    {
        var protocol = Open(_time);
        var session = protocol.Join("a");
        for (int step = 0; step < 4; step++)
        {
            protocol.Push(session, 1, step, [FlawedPushes.NotFinite(Gradients(protocol.Ask(session))[0])]);
            protocol.Answer(session, protocol.Ask(session));
        }

        Assert.Equal(4, protocol.State.Step);
        Assert.Equal((4, 4), (protocol.Counters.RejectedPushes, protocol.IncidentCount));
    }

    [Fact]
    public void A_bad_duplicate_of_a_block_that_counts_is_rejected_and_is_no_conflict()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        var order = protocol.Ask(a);
        protocol.Answer(a, order);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(b, 1, 1, [FlawedPushes.NotFinite(Gradients(order)[0])]).Outcome);
        Assert.Equal(PushOutcome.Rejected, protocol.Push(b, 1, 1, [FlawedPushes.OtherBytes(Gradients(order)[0])]).Outcome);
        Assert.Null(protocol.Failure);
        Assert.EndsWith("for slots 0 to 3 of step 1; another's is used.", protocol.Incidents[^1], StringComparison.Ordinal);
        Assert.Equal([new Block(4, 4)], protocol.Ask(a).Blocks);
    }

    [Fact]
    public void What_another_holds_stays_with_it_when_a_copy_is_rejected()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        var original = protocol.Ask(b);
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(a))[0])]);
        var copy = protocol.Ask(a);
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(copy)[0])]);
        Assert.Equal(original.Blocks, protocol.Ask(b).Blocks);
        Assert.Equal(original.Blocks, protocol.Ask(b).Blocks);
        Assert.Null(protocol.Failure);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void A_worker_that_fails_at_its_copies_again_and_again_does_not_fail_the_run_while_another_computes(uint otherBits)
    {
        var (protocol, a, b) = InStepWithTwoShares();
        var original = protocol.Ask(b);
        protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(protocol.Ask(a))[0])]);
        for (uint i = 0; i < 4; i++)
        {
            var copy = protocol.Ask(a);
            Assert.Equal(original.Blocks, copy.Blocks);
            Assert.Equal(PushOutcome.Rejected, protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Gradients(copy)[0], i * otherBits)]).Outcome);
        }

        protocol.Answer(b, original);
        protocol.Answer(b, protocol.Ask(b));
        Assert.Equal((RunPhase.Training, 2), (protocol.Phase, protocol.State.Step));
    }

    [Fact]
    public void A_malformed_push_frees_the_work_puts_on_probation_and_is_an_incident()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Ask(a);
        Assert.Equal(
            PushOutcome.Malformed, protocol.Push(a, 1, 1, [Fake.Push(1, new Block(0, 4)) with { Block = new Block(1, 4) }]).Outcome);
        Assert.Equal(
            ["Worker run/silo/0 answered the order of step 1 with blocks, lengths or sums that cannot be; what it held is ordered from "
                + "others."],
            protocol.Incidents);
        protocol.Answer(b, protocol.Ask(b));
        Assert.Equal([new Block(0, 4)], protocol.Ask(b).Blocks);
        protocol.Answer(b, protocol.Ask(b));
        Assert.Equal([new Block(0, 8)], protocol.Ask(b).Blocks);
        Assert.Equal((0, 1), (protocol.Counters.RejectedPushes, protocol.Counters.MalformedPushes));
    }

    [Fact]
    public void Bad_logits_are_rejected_computed_again_and_fail_the_run_where_that_does_not_help()
    {
        var spec = FakeGradients.Spec(epochs: 1, validation: 5, images: 21);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 501, "f", _time, new TermOptions());
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Push(a, 1, 0, [fake.Push(0, new Block(0, 8))]);
        var chunk = Chunk(EvaluationSet.Validation, 0, new float[50]);
        protocol.Ask(a);
        Assert.Equal(PushOutcome.Rejected, protocol.PushLogits(a, 1, 1, chunk with { Digest = 1 }).Outcome);
        Assert.Equal(
            "Worker a pushed logits whose digest is not that of its bytes for images 0 to 4 after step 1; they are computed again "
                + "elsewhere.",
            protocol.Incidents[^1]);
        protocol.AssertWaits(a);
        protocol.Ask(b);
        Assert.Equal(PushOutcome.Rejected, protocol.PushLogits(b, 1, 1, FlawedPushes.NotFinite(chunk)).Outcome);
        Assert.Null(protocol.Failure);
        protocol.Ask(a);
        protocol.PushLogits(a, 1, 1, FlawedPushes.NotFinite(chunk));
        Assert.StartsWith(
            "Workers b and a computed, bit for bit the same, logits with NaN or infinity for images 0 to 4 after step 1: the training has "
                + "diverged.",
            protocol.Failure, StringComparison.Ordinal);
    }

    /// <summary>Two sessions in step 1, which is dealt in two halves.</summary>
    private (TrainingProtocol Protocol, Guid A, Guid B) InStepWithTwoShares()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("run/silo/0"), protocol.Join("run/silo/1"));
        protocol.Answer(a, protocol.Ask(a));
        if (protocol.State.Step == 0)
            protocol.Answer(a, protocol.Ask(a));
        Assert.Equal(1, protocol.State.Step);
        return (protocol, a, b);
    }

    private static WorkOrder DoAndAsk(TrainingProtocol protocol, Guid session)
    {
        protocol.Answer(session, protocol.Ask(session));
        return protocol.Ask(session);
    }
}
