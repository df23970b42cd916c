using System.IO.Hashing;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Model.Protocol;
using static MnistDistributed.Model.Tests.Protocol.ProtocolKit;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>The memory of weights that were sent, within one silo, where what is sent is not copied.</summary>
public class SentWeightsTests
{
    private readonly FakeTimeProvider _time = new();

    [Property(MaxTest = 200)]
    public void Weights_stay_as_they_were_sent_until_the_session_holds_later_ones(byte[] moves)
    {
        var protocol = Open(new FakeTimeProvider());
        var sessions = new[] { protocol.Join("a"), protocol.Join("b"), protocol.Join("c") };
        var held = new (int Term, int Step, SentWeights? Sent)[sessions.Length];
        foreach (byte move in moves)
        {
            int who = move % 3;
            var (term, step, _) = held[who];
            if (protocol.Next(sessions[who], term, step).Order is not { Images: null } order)
                continue;
            // One move in four is an answer that is lost: the session does not know what it was sent.
            if (order.NeedsWeights && protocol.WeightsFor(sessions[who]) is var sent && move / 3 % 4 > 0)
                held[who] = (order.Term, order.Step, sent);
            if (held[who].Sent is not null && held[who].Step == order.Step && move / 12 % 2 > 0)
                protocol.Answer(sessions[who], order);
            Assert.All(held, it => Assert.True(it.Sent is null || XxHash3.HashToUInt64(it.Sent.Bytes) == it.Sent.Digest));
        }
    }

    [Fact]
    public void Sessions_that_keep_up_are_sent_two_pieces_of_memory_in_turns()
    {
        var protocol = Open(_time);
        var sessions = new[] { protocol.Join("a"), protocol.Join("b") };
        var memory = new List<byte[]>();
        for (int step = 0; step < 5; step++)
        {
            var orders = sessions.Select(session => protocol.Next(session, step > 0 ? 1 : 0, Math.Max(0, step - 1)).Order!).ToList();
            memory.AddRange(sessions.Select(session => protocol.WeightsFor(session).Bytes));
            foreach (var (session, order) in sessions.Zip(orders))
                protocol.Answer(session, order);
        }

        Assert.Equal([0, 0, 1, 1, 0, 0, 1, 1, 0, 0], memory.Select(bytes => memory.Distinct().ToList().IndexOf(bytes)));
    }

    [Fact]
    public void What_a_silent_session_was_sent_is_left_to_it()
    {
        var protocol = Open(_time);
        var (silent, busy) = (protocol.Join("silent"), protocol.Join("busy"));
        protocol.Ask(silent);
        var sent = protocol.WeightsFor(silent);
        protocol.Leave(silent);
        for (int step = 0; step < 4; step++)
        {
            Assert.NotSame(step == 0 ? null : sent.Bytes, protocol.WeightsFor(busy).Bytes);
            protocol.Answer(busy, protocol.Ask(busy));
        }

        Assert.Equal(sent.Digest, XxHash3.HashToUInt64(sent.Bytes));
    }
}
