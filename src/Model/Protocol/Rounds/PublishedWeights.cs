using System.IO.Hashing;
using System.Runtime.InteropServices;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>
/// The weights as they are sent: one copy for all orders of a step; never rewritten, since orders that carry it may still be on their way.
/// </summary>
/// <param name="state">The weights.</param>
/// <param name="clock">Where the time that it takes is measured.</param>
internal sealed class PublishedWeights(TrainingState state, StepClock clock)
{
    private SentWeights? _newest;
    private int _step;

    /// <summary>Those of the steps that are done.</summary>
    public SentWeights Newest
    {
        get
        {
            if (_newest is { } newest && _step == state.Step)
                return newest;
            long began = clock.Now;
            var weights = MemoryMarshal.AsBytes(state.Weights.AsSpan());
            byte[] bytes = GC.AllocateUninitializedArray<byte>(weights.Length);
            weights.CopyTo(bytes);
            (_newest, _step) = (new SentWeights(bytes, XxHash3.HashToUInt64(bytes)), state.Step);
            clock.Published(began);
            return _newest;
        }
    }
}
