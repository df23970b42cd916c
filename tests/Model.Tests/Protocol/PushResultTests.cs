using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>What a call says that it brought about, so that nobody has to compare before and after.</summary>
public sealed class PushResultTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_push_says_whether_it_ends_a_step_and_whether_it_changes_the_phase()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        Assert.Equal((false, false), Push(new Block(0, 4)));
        Assert.Equal((true, false), Push(new Block(4, 4)));
        protocol.DoSteps(_time, 3, TimeSpan.Zero, a);
        Assert.Equal((true, true), Push(new Block(0, 8)));
        var logits = protocol.PushLogits(a, 1, 5, Chunk(EvaluationSet.Validation, 0, new float[50]));
        Assert.Equal((false, true), (logits.StepDone, logits.PhaseChanged));
        protocol.Continue(5);
        protocol.Pause();
        Assert.Equal((true, true), Push(new Block(0, 8)));

        (bool, bool) Push(Block block)
        {
            var result = protocol.Push(a, 1, protocol.State.Step, [Fake.Push(protocol.State.Step, block)]);
            Assert.Equal(PushOutcome.Accepted, result.Outcome);
            return (result.StepDone, result.PhaseChanged);
        }
    }

    [Fact]
    public void A_push_that_finds_its_step_given_up_is_stale_and_says_that_nothing_changed_by_it()
    {
        var protocol = Open(_time);
        var a = protocol.Join("a");
        protocol.Ask(a);
        protocol.Pause();
        _time.Advance(Leases.Floor);
        var result = protocol.Push(a, 1, 0, [Fake.Push(0, new Block(0, 8))]);
        Assert.Equal(new PushResult(PushOutcome.Stale, PhaseChanged: false, new TermCounters { StalePushes = 1 }), result);
    }

    [Fact]
    public void The_counters_of_a_term_are_the_sum_of_what_its_calls_added()
    {
        var protocol = Open(_time);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        var first = protocol.Next(a, 0, 0);
        _time.Advance(Leases.Floor);
        var copy = protocol.Next(b, 0, 0);
        Assert.Equal(new TermCounters { RepeatedOrders = 1, SpeculativeOrders = 1 }, copy.Counters);
        var bad = protocol.Push(b, 1, 0, [FlawedPushes.NotFinite(Gradients(copy.Order!)[0])]);
        Assert.Equal(new TermCounters { RejectedPushes = 1 }, bad.Counters);
        var again = protocol.Next(b, 0, 0);
        var done = protocol.Push(b, 1, 0, Gradients(again.Order!));
        var stale = protocol.Push(a, 1, 0, Gradients(first.Order!));
        var calls = new[] { first.Counters, copy.Counters, bad.Counters, again.Counters, done.Counters, stale.Counters };
        // That a worker is late no call brings about.
        var late = new TermCounters { LostWorkers = 1 };
        Assert.Equal(calls.Aggregate(late, (sum, call) => sum + call), protocol.Counters);
        Assert.Equal((1, 1, 1), (done.Counters.Steps, stale.Counters.StalePushes, protocol.Counters.Steps));
    }

    [Fact]
    public void Counters_are_added_one_by_one()
    {
        var a = new TermCounters
        {
            Steps = 1, ComputeSeconds = 2.5, Bytes = 3, RepeatedOrders = 4, SpeculativeOrders = 5, SpeculativeWins = 6, StalePushes = 7,
            RejectedPushes = 8,
        };
        var sum = new TermCounters
        {
            Steps = 2, ComputeSeconds = 5, Bytes = 6, RepeatedOrders = 8, SpeculativeOrders = 10, SpeculativeWins = 12, StalePushes = 14,
            RejectedPushes = 16,
        };
        Assert.Equal(sum, a + a);
        Assert.Equal(a, a + default(TermCounters));
    }
}
