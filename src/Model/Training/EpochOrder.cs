using MnistDistributed.Model.Engine;

namespace MnistDistributed.Model.Training;

/// <summary>
/// The order in which one epoch uses its samples: step after step, and within a step slot after slot, so that a block's samples
/// lie side by side. Immutable, shared by threads.
/// </summary>
public sealed class EpochOrder
{
    private readonly SlotPlan _plan;
    private readonly int[] _samples;
    private readonly int[] _fullSizes;
    private readonly int[] _lastSizes;

    /// <summary>Lays out the epoch.</summary>
    /// <param name="plan">The plan it belongs to.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="slots">Each slot's samples in the epoch's order; sizes fall by one at most.</param>
    internal EpochOrder(SlotPlan plan, int epoch, int[][] slots)
    {
        _plan = plan;
        Epoch = epoch;
        _samples = new int[plan.Samples];
        _fullSizes = new int[plan.Slots];
        _lastSizes = new int[plan.Slots];
        int lastStart = (plan.StepsPerEpoch - 1) * plan.MicroBatch;
        for (int slot = 0; slot < plan.Slots; slot++)
        {
            _fullSizes[slot] = plan.MicroBatch;
            _lastSizes[slot] = slots[slot].Length - lastStart;
        }

        int next = 0;
        for (int step = 0; step < plan.StepsPerEpoch; step++)
        {
            for (int slot = 0; slot < plan.Slots; slot++)
            {
                int size = Sizes(step)[slot];
                slots[slot].AsSpan(step * plan.MicroBatch, size).CopyTo(_samples.AsSpan(next));
                next += size;
            }
        }
    }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>The samples of one slot in one step; fewer, or none, in the epoch's last step.</summary>
    public ReadOnlySpan<int> MicroBatch(int slot, int stepInEpoch) => Block(slot, 1, stepInEpoch).Samples;

    /// <summary>The samples of neighbouring slots in one step, as a gradient engine takes them.</summary>
    /// <param name="firstSlot">The block's first slot.</param>
    /// <param name="slots">How many slots it has.</param>
    /// <param name="stepInEpoch">The step's place in the epoch, from 0.</param>
    public BlockBatch Block(int firstSlot, int slots, int stepInEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(stepInEpoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(stepInEpoch, _plan.StepsPerEpoch);
        int[] sizes = Sizes(stepInEpoch);
        var blockSizes = sizes.AsSpan(firstSlot, slots);
        int start = _plan.SamplesBefore(stepInEpoch) + Sum(sizes.AsSpan(0, firstSlot));
        return new BlockBatch(Epoch, _samples.AsSpan(start, Sum(blockSizes)), blockSizes);
    }

    private int[] Sizes(int stepInEpoch) => stepInEpoch == _plan.StepsPerEpoch - 1 ? _lastSizes : _fullSizes;

    private static int Sum(ReadOnlySpan<int> sizes)
    {
        int sum = 0;
        foreach (int size in sizes)
            sum += size;
        return sum;
    }
}
