namespace MnistDistributed.Model.Engine;

/// <summary>The samples that the slots of one block contribute to one step.</summary>
/// <param name="epoch">The epoch, from 0; it keys dropout and augmentation.</param>
/// <param name="samples">Indexes into the training set, slot after slot.</param>
/// <param name="slotSizes">How many of them each slot has; its length is the
/// block's number of slots, a power of two. A slot may be empty.</param>
public readonly ref struct BlockBatch(int epoch, ReadOnlySpan<int> samples, ReadOnlySpan<int> slotSizes)
{
    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; } = epoch;

    /// <summary>Indexes into the training set, slot after slot.</summary>
    public ReadOnlySpan<int> Samples { get; } = samples;

    /// <summary>Samples of each slot.</summary>
    public ReadOnlySpan<int> SlotSizes { get; } = slotSizes;

    /// <summary>The block's left child in the tree, of a block of two slots or more.</summary>
    public BlockBatch Left => new(Epoch, Samples[..Middle], SlotSizes[..(SlotSizes.Length / 2)]);

    /// <summary>The block's right child in the tree.</summary>
    public BlockBatch Right => new(Epoch, Samples[Middle..], SlotSizes[(SlotSizes.Length / 2)..]);

    private int Middle
    {
        get
        {
            int samples = 0;
            foreach (int size in SlotSizes[..(SlotSizes.Length / 2)])
                samples += size;
            return samples;
        }
    }
}
