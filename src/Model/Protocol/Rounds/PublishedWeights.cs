using System.IO.Hashing;
using System.Runtime.InteropServices;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>
/// The weights as they are sent: one copy for all orders of a step. Its memory is written again only when every session that was sent it
/// has said since that it holds those of a later step; what a session never says that of is left to it.
/// </summary>
/// <param name="state">The weights.</param>
/// <param name="clock">Where the time that it takes is measured.</param>
internal sealed class PublishedWeights(TrainingState state, StepClock clock)
{
    // Sessions that keep up need two: what they compute with, and what they are sent meanwhile.
    private const int MostCopies = 3;

    // The newest is the last.
    private readonly List<Copy> _copies = [];

    private sealed record Copy(byte[] Bytes, int Step, SentWeights Sent)
    {
        public HashSet<Guid> Readers { get; } = [];
    }

    /// <summary>The weights of the steps that are done, for a session that is sent them.</summary>
    public SentWeights For(Guid session)
    {
        if (_copies is not [.., var newest] || newest.Step != state.Step)
            _copies.Add(newest = Publish());
        newest.Readers.Add(session);
        return newest.Sent;
    }

    /// <summary>A session says that it holds the weights of a step, and so no earlier ones.</summary>
    public void Holds(Guid session, int step)
    {
        foreach (var copy in _copies)
        {
            if (copy.Step < step)
                copy.Readers.Remove(session);
        }
    }

    private Copy Publish()
    {
        long began = clock.Now;
        var weights = MemoryMarshal.AsBytes(state.Weights.AsSpan());
        byte[] bytes = Memory(weights.Length);
        weights.CopyTo(bytes);
        var copy = new Copy(bytes, state.Step, new SentWeights(bytes, XxHash3.HashToUInt64(bytes)));
        clock.Published(began);
        return copy;
    }

    private byte[] Memory(int length)
    {
        int free = _copies.FindIndex(copy => copy.Readers.Count == 0);
        byte[] bytes = free >= 0 ? _copies[free].Bytes : GC.AllocateUninitializedArray<byte>(length);
        if (free >= 0 || _copies.Count == MostCopies)
            _copies.RemoveAt(Math.Max(free, 0));
        return bytes;
    }
}
