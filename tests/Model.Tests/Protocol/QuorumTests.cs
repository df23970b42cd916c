using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>A run that waits for enough workers.</summary>
public sealed class QuorumTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Orders_are_issued_only_while_enough_workers_are_there()
    {
        var protocol = Open(_time, minWorkers: 2);
        var a = protocol.Join("a");
        protocol.AssertWaits(a);
        Assert.Equal(1, protocol.Workers);
        var b = protocol.Join("b");
        protocol.Ask(a);
        protocol.Leave(b);
        protocol.AssertWaits(a);
        Assert.Equal(RunPhase.Training, protocol.Phase);
        protocol.Join("c");
        protocol.Ask(a);
    }

    [Fact]
    public void What_is_held_is_kept_and_pushes_on_their_way_still_count()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        var (orderOfA, orderOfB) = (protocol.Ask(a), protocol.Ask(b));
        protocol.Answer(b, orderOfB);
        protocol.Leave(b);
        protocol.AssertWaits(a);
        Assert.Equal(PushOutcome.Accepted, protocol.Answer(a, orderOfA));
        Assert.Equal(2, protocol.State.Step);
        Assert.Equal(["a", "b"], protocol.LastStep!.Blocks.Select(block => block.Worker));
        protocol.AssertWaits(a);
        protocol.Join("c");
        protocol.Ask(a);
    }

    [Fact]
    public void Who_asks_while_there_are_no_orders_does_not_become_late_by_it()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Leave(b);
        for (int i = 0; i < 20; i++)
        {
            protocol.AssertWaits(a);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(1, protocol.Workers);
        protocol.Join("c");
        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
    }

    [Fact]
    public void A_worker_that_is_late_does_not_count_until_it_calls_and_one_on_probation_counts()
    {
        var (protocol, a, b) = InStepWithTwoShares();
        protocol.Ask(a);
        protocol.Answer(b, protocol.Ask(b));
        _time.Advance(Leases.Minimum);
        protocol.AssertWaits(b);
        Assert.Equal(1, protocol.Workers);
        Assert.Equal([new Block(0, 4)], protocol.Ask(a).Blocks);
        Assert.Equal(2, protocol.Workers);
        protocol.Ask(b);
    }

    [Fact]
    public void An_evaluation_waits_for_the_quorum_too()
    {
        var spec = FakeGradients.Spec(epochs: 1, validation: 5, images: 21);
        var fake = new FakeGradients(spec);
        var protocol = new TrainingProtocol(1, spec, fake.Initial(), 0, testImages: 3, "f", _time, new TermOptions { MinWorkers = 2 });
        var a = protocol.Join("a");
        protocol.Push(a, 1, 0, [fake.Push(0, new Block(0, 8))]);
        Assert.Equal(RunPhase.Validating, protocol.Phase);
        protocol.AssertWaits(a);
        protocol.Join("b");
        protocol.Ask(a);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(9)]
    public void A_quorum_of_less_than_one_or_more_than_the_slots_is_refused(int minWorkers)
    {
        string message = Assert.Throws<ArgumentException>(() => Open(_time, minWorkers: minWorkers)).Message;
        Assert.Equal($"A run of 8 slots cannot wait for {minWorkers} workers: the least is 1, the most is one for each slot.", message);
    }

    private (TrainingProtocol Protocol, Guid A, Guid B) InStepWithTwoShares()
    {
        var protocol = Open(_time, minWorkers: 2);
        var (a, b) = (protocol.Join("a"), protocol.Join("b"));
        protocol.DoSteps(_time, 1, TimeSpan.FromMilliseconds(10), a, b);
        return (protocol, a, b);
    }
}
