using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>
/// Sessions, orders on their way and pushes on their way, moved by events that are bytes. After each of them what always holds is checked.
/// </summary>
/// <param name="protocol">What is tested.</param>
/// <param name="time">Its clock.</param>
/// <param name="minWorkers">Its quorum.</param>
internal sealed class ProtocolWorld(TrainingProtocol protocol, FakeTimeProvider time, int minWorkers = 1)
{
    private readonly List<Guid> _sessions = [];
    private readonly List<(Guid Session, WorkOrder Order)> _orders = [];
    private int _flawedStep = -1;
    private int _flawedPushes;
    private uint _nans;

    public TrainingProtocol Protocol => protocol;

    public List<int> SamplesOfEpochs { get; } = [];

    public void Happen(byte e)
    {
        int who = e / 16;
        switch (e % 16)
        {
            case 0:
                _sessions.Add(protocol.Join($"w{_sessions.Count}"));
                break;
            case 1 or 2 when _sessions.Count > 0:
                Ask(_sessions[who % _sessions.Count]);
                break;
            case 3 or 4 when _orders.Count > 0:
                // The order stays: it may be answered again, in this step or in a later one.
                protocol.Answer(_orders[who % _orders.Count].Session, _orders[who % _orders.Count].Order);
                break;
            case 5 when _sessions.Count > 0:
                _sessions.RemoveAt(who % _sessions.Count);
                break;
            case 6 when _sessions.Count > 0:
                protocol.Leave(_sessions[who % _sessions.Count]);
                break;
            case 7:
                time.Advance(TimeSpan.FromSeconds(2 * who));
                break;
            case 8:
                // Long enough for some orders to be overdue, too short for a lease.
                time.Advance(TimeSpan.FromMilliseconds(80 * who));
                break;
            case 9 when _sessions.Count > 0 && protocol.Phase == RunPhase.Training:
                PushSomeNode(_sessions[^1], who);
                break;
            case 10 when _orders.Count > 0:
                AnswerWithFlaw(_orders[^(who % Math.Min(3, _orders.Count) + 1)], who);
                break;
            case 11 when _sessions.Count > 0:
                var result = protocol.Push(_sessions[who % _sessions.Count], protocol.Term, protocol.State.Step, []);
                Assert.NotEqual(PushOutcome.Accepted, result.Outcome);
                break;
            case 12:
                protocol.Pause();
                break;
            case 13:
                protocol.Resume();
                break;
            case 14 or 15 when _sessions.Count > 0:
                DoWork(_sessions[who % _sessions.Count]);
                break;
        }

        Check();
    }

    public void FinishWithNewSessions()
    {
        protocol.Resume();
        var sessions = Enumerable.Range(0, minWorkers).Select(i => protocol.Join($"last{i}")).ToList();
        for (int round = 0; !protocol.IsOver; round++)
        {
            Assert.True(round < 1000, "The run does not end.");
            if (!sessions.Select(DoWork).ToList().Contains(true))
                time.Advance(Assert.NotNull(protocol.UntilLeaseEnds));
            Check();
        }
    }

    private bool DoWork(Guid session)
    {
        if (Ask(session) is not { } order)
            return false;
        Assert.NotEqual(PushOutcome.Rejected, protocol.Answer(session, order));
        return true;
    }

    private WorkOrder? Ask(Guid session)
    {
        var answer = protocol.Next(session, protocol.Term, 0);
        if (answer.Order is not { } order)
            return null;
        Assert.NotEqual(RunPhase.Paused, protocol.Phase);
        Assert.True(protocol.Workers >= minWorkers);
        _orders.Add((session, order));
        return order;
    }

    private void AnswerWithFlaw((Guid Session, WorkOrder Order) work, int kind)
    {
        // A third answer that cannot be used would rightly fail the run.
        if (_flawedStep == protocol.State.Step && _flawedPushes == 2)
            return;
        (_flawedPushes, _flawedStep) = (_flawedStep == protocol.State.Step ? _flawedPushes + 1 : 1, protocol.State.Step);
        var (session, order) = work;
        var result = order.Images is { } images
            ? protocol.PushLogits(
                session, order.Term, order.Step, FlawedPushes.NotFinite(Chunk(images, order.First, new float[order.Count * 10]), ++_nans))
            : protocol.Push(session, order.Term, order.Step, [.. Gradients(order).SkipLast(1), Flawed(Gradients(order)[^1])]);
        Assert.True(result.Outcome is PushOutcome.Rejected or PushOutcome.Stale);

        BlockGradient Flawed(BlockGradient push) =>
            kind % 2 == 0 ? FlawedPushes.NotFinite(push, ++_nans) : FlawedPushes.OtherBytes(push, ++_nans);
    }

    private void PushSomeNode(Guid session, int node)
    {
        int count = 1 << node % 4;
        protocol.Push(
            session, protocol.Term, protocol.State.Step, [Fake.Push(protocol.State.Step, new Block(node % (8 / count) * count, count))]);
    }

    private void Check()
    {
        Assert.Null(protocol.Failure);
        var counters = protocol.Counters;
        Assert.True(counters.RepeatedOrders >= counters.SpeculativeOrders && counters.SpeculativeOrders >= counters.SpeculativeWins);
        if (protocol.LastStep is { } step)
        {
            Assert.Equal(protocol.State.Step - 1, step.Step);
            Assert.Equal(0, step.Blocks[0].Block.First);
            Assert.All(step.Blocks.Zip(step.Blocks.Skip(1)), pair => Assert.Equal(pair.First.Block.End, pair.Second.Block.First));
            Assert.Equal(Spec.Slots, step.Blocks[^1].Block.End);
            Assert.All(step.Blocks, block => Assert.Equal(Fake.Push(step.Step, block.Block).Digest, block.Digest));
        }

        if (protocol.Phase != RunPhase.EpochDone)
            return;
        SamplesOfEpochs.Add(protocol.State.EpochSum.Samples);
        protocol.Continue(protocol.State.Step);
    }
}
