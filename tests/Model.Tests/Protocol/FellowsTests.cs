using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>Sessions of one silo, one of which pushes for the others.</summary>
public sealed class FellowsTests
{
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(400);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Those_of_one_silo_get_neighbouring_slots()
    {
        var protocol = Open(_time);
        Guid[] sessions = [Join(protocol, "b/0", "b"), Join(protocol, "a/0", "a"), Join(protocol, "b/1", "b"), Join(protocol, "a/1", "a")];
        protocol.DoSteps(_time, 1, Usual, sessions);
        Assert.Equal([4, 0, 6, 2], sessions.Select(session => protocol.Ask(session).Blocks.Single().First));
    }

    [Fact]
    public void A_push_for_several_answers_the_orders_of_all_of_them_and_each_is_as_fast_as_it_is()
    {
        var protocol = Open(_time);
        var (a, b) = (Join(protocol, "a/0", "a"), Join(protocol, "a/1", "a"));
        protocol.DoSteps(_time, 1, Usual, a, b);
        var lease = protocol.Ask(a).Lease;
        for (int step = 1; step < 4; step++)
        {
            protocol.Ask(a);
            protocol.Ask(b);
            _time.Advance(Usual);
            Assert.True(protocol.Push(b, 1, step, [Fake.Push(step, new Block(0, 8))], null, [a]).StepDone);
        }

        // With 8 slots in the time of 4 it would be half.
        Assert.Equal(lease, protocol.Ask(a).Lease);
    }

    [Fact]
    public void Whose_gradient_came_with_anothers_push_is_neither_late_nor_on_probation()
    {
        var protocol = Open(_time);
        var (a, b) = (Join(protocol, "a/0", "a"), Join(protocol, "a/1", "a"));
        protocol.DoSteps(_time, 1, Usual, a, b);
        protocol.Ask(a);
        // What it pushes cannot be used: it is on probation, and gets copies.
        Assert.Equal(PushOutcome.Rejected, protocol.Push(a, 1, 1, [FlawedPushes.NotFinite(Fake.Push(1, new Block(0, 4)))]).Outcome);
        Assert.Equal([new Block(4, 4)], protocol.Ask(a).Blocks);
        protocol.Push(b, 1, 1, [Fake.Push(1, new Block(4, 4))], null, [a]);
        protocol.DoSteps(_time, 1, Usual, b);

        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
        Assert.Equal(0, protocol.Counters.LostWorkers);
    }

    [Fact]
    public void A_fellow_that_nobody_knows_changes_nothing()
    {
        var protocol = Open(_time);
        var a = Join(protocol, "a/0", "a");
        protocol.Ask(a);
        Assert.True(protocol.Push(a, 1, 0, [Fake.Push(0, new Block(0, 8))], null, [Guid.NewGuid()]).StepDone);
        Assert.Equal(1, protocol.Workers);
    }

    private static Guid Join(TrainingProtocol protocol, string worker, string silo)
    {
        var hello = Hello(worker) with { Silo = silo };
        Assert.Null(protocol.Join(hello));
        return hello.Session;
    }
}
