using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>Sessions that are slow, hung or silent: leases, probation and copies of what others hold.</summary>
public sealed class SlowSessionTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Lease = 8 * Usual;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_session_that_never_asks_costs_one_lease_and_gets_no_share_of_the_next_step()
    {
        var protocol = Open(_time);
        var silent = protocol.Join("silent");
        var busy = protocol.Join("busy");
        // Nobody was there when the first step was dealt, so its slots are anybody's; the second step has shares.
        protocol.DoSteps(_time, 1, Usual, busy);
        var half = protocol.Ask(busy);
        Assert.Equal([new Block(4, 4)], half.Blocks);
        protocol.Answer(busy, half);
        protocol.AssertWaits(busy);
        _time.Advance(Lease);
        Assert.Equal(1, protocol.Workers);
        Assert.Equal([new Block(0, 4)], protocol.Ask(busy).Blocks);
        protocol.DoSteps(_time, 1, Usual, busy);
        Assert.Equal([new Block(0, 8)], protocol.Ask(busy).Blocks);
        protocol.Next(silent, 0, 0);
        Assert.Equal(2, protocol.Workers);
        // What was set aside for the silent one had never been ordered; only its copy now is work that another may yet answer.
        Assert.Equal((1, 1), (protocol.Counters.RepeatedOrders, protocol.Counters.SpeculativeOrders));
    }

    [Fact]
    public void A_late_session_gets_copies_and_no_share_until_it_answers_one_in_time()
    {
        var (protocol, slow, quick) = InStepWithTwoShares();
        protocol.Ask(slow);
        LetTheLeaseRunOut(protocol, quick);
        // What it copies is open to the quick one as before; it holds nobody up.
        Assert.Equal([new Block(0, 4)], protocol.Ask(slow).Blocks);
        Assert.Equal(1, protocol.Counters.LostWorkers);
        Assert.Equal([new Block(0, 4)], protocol.Ask(quick).Blocks);
        Assert.Equal([new Block(0, 4)], protocol.Ask(slow).Blocks);
        _time.Advance(Lease);
        protocol.DoSteps(_time, 1, TimeSpan.Zero, quick);

        var whole = protocol.Ask(quick);
        Assert.Equal([new Block(0, 8)], whole.Blocks);
        var copy = protocol.Ask(slow);
        Assert.Equal([new Block(4, 4)], copy.Blocks);
        _time.Advance(Usual);
        Assert.Equal(PushOutcome.Accepted, protocol.Answer(slow, copy));
        Assert.Equal([new Block(0, 4)], protocol.Ask(slow).Blocks);
        protocol.Answer(quick, whole);
        Assert.Equal([new Block(0, 4)], protocol.Ask(slow).Blocks);
        Assert.Equal([new Block(4, 4)], protocol.Ask(quick).Blocks);
        // In the step before, the quick one was first with what the slow one had and had a copy of.
        Assert.Equal(2, protocol.Counters.SpeculativeWins);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_stale_answer_within_the_lease_makes_a_full_member_unless_its_numbers_cannot_be_used(bool isFlawed, bool isMember)
    {
        var (protocol, slow, quick) = InStepWithTwoShares();
        protocol.Ask(slow);
        LetTheLeaseRunOut(protocol, quick);
        protocol.DoSteps(_time, 1, TimeSpan.Zero, quick);
        var copy = protocol.Ask(slow);
        protocol.DoSteps(_time, 1, TimeSpan.Zero, quick);
        var push = Gradients(copy)[0];
        Assert.Equal(PushOutcome.Stale, protocol.Push(slow, 1, copy.Step, [isFlawed ? FlawedPushes.NotFinite(push) : push]).Outcome);
        protocol.DoSteps(_time, 1, TimeSpan.Zero, quick);
        Assert.Equal(isMember ? [new Block(4, 4)] : [new Block(0, 8)], protocol.Ask(quick).Blocks);
    }

    [Fact]
    public void An_answer_after_the_lease_counts_but_makes_no_full_member()
    {
        var (protocol, slow, quick) = InStepWithTwoShares();
        var late = protocol.Ask(slow);
        LetTheLeaseRunOut(protocol, quick);
        Assert.Equal(PushOutcome.Accepted, protocol.Answer(slow, late));
        protocol.DoSteps(_time, 1, Usual, quick);
        Assert.Equal([new Block(0, 8)], protocol.Ask(quick).Blocks);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(30)]
    [InlineData(200)]
    public void A_worker_that_is_always_too_slow_holds_nobody_up_once_it_has_been_late(int timesTooSlow)
    {
        var spec = FakeGradients.Spec(images: 405, batch: 8);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, 3, "f", _time, new TermOptions { Leases = Leases });
        var (slow, quick) = (protocol.Join("slow"), protocol.Join("quick"));
        // The first step is anybody's, and tells the pace.
        protocol.DoSteps(_time, 1, Usual, fake, quick);
        long began = _time.GetTimestamp();
        var slowOrder = protocol.Ask(slow);
        var slowDone = timesTooSlow * Usual;
        int lateIn = 0;
        while (protocol.State.Step < 50)
        {
            if (_time.GetElapsedTime(began) < Lease)
                lateIn = protocol.State.Step;
            var order = protocol.Next(quick, 0, 0).Order;
            var pause = order is null ? protocol.UntilLeaseEnds!.Value : order.Blocks.Sum(block => block.Count) * Usual / 4;
            // The step in which it turned late was still shared with it.
            Assert.True(order is not null || protocol.State.Step <= lateIn + 1);
            _time.Advance(pause);
            if (order is not null)
                protocol.Answer(quick, order, fake);
            if (_time.GetElapsedTime(began) < slowDone)
                continue;
            protocol.Answer(slow, slowOrder, fake);
            slowOrder = protocol.Ask(slow);
            slowDone = _time.GetElapsedTime(began) + timesTooSlow * Usual;
        }
    }

    [Fact]
    public void Where_no_member_is_left_those_on_probation_work_as_members_do()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Ask(a);
        _time.Advance(Leases.Silence);
        Assert.Equal(0, protocol.Workers);
        Assert.Equal([new Block(0, 8)], protocol.Ask(b).Blocks);
        protocol.AssertWaits(a);
        protocol.Leave(b);
        Assert.Equal([new Block(0, 8)], protocol.Ask(a).Blocks);
    }

    [Fact]
    public void An_overdue_order_is_copied_to_an_idle_session_and_the_first_answer_counts()
    {
        var (protocol, slow, quick) = InStepWithTwoShares();
        var third = protocol.Join("third");
        var original = protocol.Ask(slow);
        protocol.Answer(quick, protocol.Ask(quick));
        protocol.AssertWaits(quick);
        Assert.Equal(2 * Usual, protocol.UntilLeaseEnds);
        _time.Advance(2 * Usual - TimeSpan.FromMilliseconds(1));
        protocol.AssertWaits(quick);
        _time.Advance(protocol.UntilLeaseEnds!.Value);
        var copy = protocol.Ask(quick);
        // No more of it than a session's share is copied to one.
        Assert.Equal([new Block(0, 2), new Block(2, 1)], copy.Blocks);
        protocol.Answer(third, protocol.Ask(third));
        protocol.AssertWaits(third);
        Assert.Equal(original.Blocks, [new Block(0, 4)]);
        protocol.Answer(quick, copy);
        Assert.Equal(2, protocol.State.Step);
        Assert.Equal(PushOutcome.Stale, protocol.Answer(slow, original));

        var counters = protocol.Counters;
        Assert.Equal((2, 2, 2, 1), (counters.RepeatedOrders, counters.SpeculativeOrders, counters.SpeculativeWins, counters.StalePushes));
        // It was slow, but not late.
        Assert.Equal([new Block(0, 2)], protocol.Ask(slow).Blocks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copy_that_comes_second_wins_nothing(bool isStale)
    {
        var (protocol, slow, quick) = InStepWithTwoShares();
        var original = protocol.Ask(slow);
        var own = protocol.Ask(quick);
        protocol.Push(quick, 1, 1, [Fake.Push(1, new Block(4, 2))]);
        if (isStale)
            protocol.Answer(quick, own);
        var third = protocol.Join("third");
        _time.Advance(2 * Usual);
        var copy = protocol.Ask(third);
        protocol.Answer(slow, original);
        Assert.Equal(isStale ? PushOutcome.Stale : PushOutcome.Accepted, protocol.Answer(third, copy));
        Assert.Equal((1, 0), (protocol.Counters.SpeculativeOrders, protocol.Counters.SpeculativeWins));
    }

    [Fact]
    public void The_wait_is_in_whole_milliseconds_and_not_too_short()
    {
        var (protocol, slow, quick) = InStepWithTwoShares(TimeSpan.FromMilliseconds(333.3));
        protocol.Ask(slow);
        protocol.Answer(quick, protocol.Ask(quick));
        protocol.AssertWaits(quick);
        Assert.Equal(TimeSpan.FromMilliseconds(667), protocol.UntilLeaseEnds);
        _time.Advance(protocol.UntilLeaseEnds!.Value);
        protocol.Ask(quick);
    }

    [Fact]
    public void The_wait_is_never_negative_though_the_clock_goes_on_between_two_looks()
    {
        var clock = new HastyClock { Step = Leases.Silence / 4 };
        var protocol = new TrainingProtocol(1, Spec, Fake.Initial(), 0, 3, "f", clock, new TermOptions { Leases = Leases });
        protocol.Join("a");
        for (int look = 0; look < 4; look++)
            Assert.InRange(protocol.UntilLeaseEnds ?? TimeSpan.Zero, TimeSpan.Zero, Leases.Silence);
    }

    [Fact]
    public void No_order_is_overdue_before_the_least_time_nor_before_the_pace_is_known()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Ask(a);
        protocol.Answer(b, protocol.Ask(b));
        _time.Advance(Leases.Floor - TimeSpan.FromMilliseconds(1));
        protocol.AssertWaits(b);

        var (fast, slow, quick) = InStepWithTwoShares(TimeSpan.FromMilliseconds(1));
        fast.Ask(slow);
        fast.Answer(quick, fast.Ask(quick));
        Assert.Equal(Leases.OverdueMinimum, fast.UntilLeaseEnds);
    }

    [Fact]
    public void Work_of_a_session_that_has_left_is_repeated_but_not_speculative()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.Ask(a);
        protocol.Leave(a);
        protocol.Ask(b);
        Assert.Equal((1, 0), (protocol.Counters.RepeatedOrders, protocol.Counters.SpeculativeOrders));
    }

    [Fact]
    public void A_session_that_holds_nothing_and_is_silent_is_late_and_then_forgotten()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        _time.Advance(Leases.Silence - TimeSpan.FromSeconds(1));
        protocol.Next(a, 0, 0);
        Assert.Equal(2, protocol.Workers);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, protocol.Workers);
        _time.Advance(Leases.Forget);
        protocol.Next(a, 0, 0);
        protocol.Join("c");
        Assert.Equal(NextKind.Join, protocol.Next(b, 0, 0).Kind);
        Assert.Equal(2, protocol.Workers);
    }

    [Fact]
    public void A_session_is_forgotten_by_its_silence_and_not_while_its_order_runs()
    {
        var options = new TermOptions { Leases = new LeaseOptions { Floor = TimeSpan.FromMinutes(5) } };
        var protocol = new TrainingProtocol(1, Spec, Fake.Initial(), 0, 3, "f", _time, options);
        var busy = protocol.Join("busy");
        var order = protocol.Ask(busy);
        var idle = protocol.Join("idle");
        for (int i = 0; i < 20; i++)
        {
            protocol.Next(idle, 0, 0);
            _time.Advance(TimeSpan.FromSeconds(6));
        }

        _time.Advance(options.Leases.Silence);
        protocol.Join("other");
        Assert.Equal(NextKind.Work, protocol.Next(busy, 0, 0).Kind);
        Assert.NotEqual(NextKind.Join, protocol.Next(idle, 0, 0).Kind);
        Assert.Equal(PushOutcome.Accepted, protocol.Answer(busy, order));
    }

    [Fact]
    public void A_session_that_joins_twice_stays_on_probation()
    {
        var protocol = Open(_time);
        var late = Hello("late");
        protocol.Join(late);
        _time.Advance(Leases.Silence);
        protocol.Next(late.Session, 0, 0);
        var other = protocol.Join("other");
        Assert.Null(protocol.Join(late));
        protocol.DoSteps(_time, 1, Usual, other);
        Assert.Equal([new Block(0, 8)], protocol.Ask(other).Blocks);
    }

    [Fact]
    public void An_evaluation_knows_probation_and_copies_as_a_step_does()
    {
        var spec = FakeGradients.Spec(images: 1655, validation: 1639, epochs: 1);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 3, "f", _time, new TermOptions { Leases = Leases });
        var (slow, quick) = (protocol.Join("slow"), protocol.Join("quick"));
        protocol.Push(quick, 1, 0, [fake.Push(0, new Block(0, 8))]);
        for (int chunk = 0; chunk < 2; chunk++)
        {
            var order = protocol.Ask(quick);
            _time.Advance(Usual);
            protocol.Answer(quick, order);
        }

        // Overdue: the third chunk.
        Assert.Equal(1000, protocol.Ask(slow).First);
        var last = protocol.Ask(quick);
        Assert.Equal(1500, last.First);
        protocol.AssertWaits(protocol.Join("idle"));
        _time.Advance(2 * Usual);
        protocol.Answer(quick, last);
        Assert.Equal(1000, protocol.Ask(quick).First);
        Assert.Equal(1, protocol.Counters.SpeculativeOrders);
        // Late: a copy of the one chunk that is left, though another holds one too.
        _time.Advance(Lease - 2 * Usual);
        protocol.AssertWaits(slow);
        protocol.Answer(quick, protocol.Ask(quick));
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        Assert.Equal(1, protocol.Counters.SpeculativeWins);
        protocol.Continue(1);
        // Nothing is set aside in an evaluation, so what is open to all is open to it too.
        Assert.Equal(EvaluationSet.Test, protocol.Ask(slow).Images);
        Assert.Equal(EvaluationSet.Test, protocol.Ask(quick).Images);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(499, false)]
    public void Stale_logits_within_the_lease_make_a_full_member_unless_they_are_malformed(int count, bool isMember)
    {
        var spec = FakeGradients.Spec(images: 1016, validation: 1000, epochs: 2);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 3, "f", _time, new TermOptions { Leases = Leases });
        var (late, quick) = (protocol.Join("late"), protocol.Join("quick"));
        _time.Advance(Leases.Silence);
        protocol.Push(quick, 1, 0, [fake.Push(0, new Block(0, 8))]);
        protocol.Ask(quick);
        var copy = protocol.Ask(late);
        Assert.Equal(500, copy.First);
        foreach (int first in new[] { 0, 500 })
            protocol.PushLogits(quick, 1, 1, Chunk(EvaluationSet.Validation, first, new float[5000]));
        Assert.Equal(RunPhase.EpochDone, protocol.Phase);
        Assert.Equal(
            PushOutcome.Stale, protocol.PushLogits(late, 1, 1, Chunk(EvaluationSet.Validation, 500, new float[count * 10])).Outcome);
        protocol.Continue(1);
        Assert.Equal(isMember ? [new Block(4, 4)] : [new Block(0, 8)], protocol.Ask(quick).Blocks);
    }

    /// <summary>Every look at it takes time.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _now;

        public TimeSpan Step { get; init; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += Step.Ticks;
    }

    /// <summary>Two sessions in step 1, which is dealt in two halves, after a step whose halves took as long as said.</summary>
    private (TrainingProtocol Protocol, Guid Slow, Guid Quick) InStepWithTwoShares(TimeSpan? usual = null)
    {
        var protocol = Open(_time);
        var (slow, quick) = (protocol.Join("slow"), protocol.Join("quick"));
        protocol.DoSteps(_time, 1, usual ?? Usual, slow, quick);
        return (protocol, slow, quick);
    }

    /// <summary>The quick session asks now and then, and all leases run out on the slow one.</summary>
    private void LetTheLeaseRunOut(TrainingProtocol protocol, Guid quick)
    {
        var order = protocol.Ask(quick);
        _time.Advance(Usual);
        protocol.Answer(quick, order);
        _time.Advance(Lease - Usual);
    }
}
