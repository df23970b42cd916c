using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Bench.Scaling;

/// <summary>How the slots of a step fall to workers: equal contiguous shares, each pushed as the fewest blocks that make it up.</summary>
public sealed class StepShare
{
    private readonly int[] _slots;
    private readonly int[] _blocks;

    /// <summary>Deals the slots.</summary>
    /// <param name="workers">Workers; more than slots have nothing to do.</param>
    /// <param name="slots">Slots, a power of two.</param>
    public StepShare(int workers, int slots)
    {
        Slots = slots;
        Workers = Math.Min(workers, slots);
        _slots = new int[Workers];
        _blocks = new int[Workers];
        for (int i = 0; i < Workers; i++)
        {
            int first = (int)((long)i * slots / Workers);
            int end = (int)((long)(i + 1) * slots / Workers);
            (_slots[i], _blocks[i]) = (end - first, Block.Cover(first, end).Count);
        }
    }

    /// <summary>Slots of a step.</summary>
    public int Slots { get; }

    /// <summary>Workers that have slots.</summary>
    public int Workers { get; }

    /// <summary>Slots of the busiest worker: ceil(slots / workers).</summary>
    public int MostSlots => _slots.Max();

    /// <summary>The most blocks that a worker pushes.</summary>
    public int MostBlocks => _blocks.Max();

    /// <summary>Blocks that all workers push together.</summary>
    public int Blocks => _blocks.Sum();

    /// <summary>Blocks that the last <paramref name="workers"/> of them push.</summary>
    public int BlocksOfLast(int workers) => _blocks[^workers..].Sum();
}
