namespace MnistDistributed.Model.Protocol;

/// <summary>A node of the canonical tree: the balanced binary tree over the slots 0..S-1. Blocks are nested or disjoint.</summary>
/// <param name="First">The first slot, a multiple of <paramref name="Count"/>.</param>
/// <param name="Count">Number of slots, a power of two.</param>
public readonly record struct Block(int First, int Count)
{
    /// <summary>The slot after the last.</summary>
    public int End => First + Count;

    /// <summary>The node above.</summary>
    public Block Parent => new(First & ~(2 * Count - 1), 2 * Count);

    /// <summary>The other child of the node above.</summary>
    public Block Sibling => new(First ^ Count, Count);

    /// <summary>Whether this block is the left child of its parent.</summary>
    public bool IsLeft => (First & Count) == 0;

    /// <summary>Whether <paramref name="other"/> is this block or lies below it.</summary>
    public bool Contains(Block other) => First <= other.First && other.End <= End;

    /// <summary>Whether this is a node of the tree over <paramref name="slots"/> slots.</summary>
    public bool IsNodeOf(int slots) =>
        Count > 0 && Count <= slots && (Count & (Count - 1)) == 0 && First >= 0 && First <= slots - Count && (First & (Count - 1)) == 0;

    /// <summary>The fewest blocks that make up the slots from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    /// <returns>The blocks, from left to right.</returns>
    public static IReadOnlyList<Block> Cover(int first, int end)
    {
        var blocks = new List<Block>();
        while (first < end)
        {
            int count = 1;
            while ((first & (2 * count - 1)) == 0 && first + 2 * count <= end)
                count *= 2;
            blocks.Add(new Block(first, count));
            first += count;
        }

        return blocks;
    }

    /// <inheritdoc/>
    public override string ToString() => Count == 1 ? $"{{{First}}}" : $"{{{First}..{End - 1}}}";
}
