namespace MnistDistributed.Model.Engine;

/// <summary>
/// How the slots of a block are added: a walk through the balanced binary tree over them, leaf by leaf, that says how many sums are
/// complete with each. Slots without samples are passed over: they are covered, but never added.
/// </summary>
public sealed class SlotTree
{
    private int[] _ends = [];
    private int[] _adds = [];

    /// <summary>Number of slots that have samples.</summary>
    public int Slots { get; private set; }

    /// <summary>Where each of them ends among the block's samples.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Slots);

    /// <summary>
    /// How many sums to take off those that wait and add to, the latest first, once a slot's own is known. What comes of it waits in turn;
    /// after the last slot it is the block's.
    /// </summary>
    public ReadOnlySpan<int> Adds => _adds.AsSpan(0, Slots);

    /// <summary>Takes up another block.</summary>
    /// <param name="slotSizes">Samples of each slot; as many as a power of two.</param>
    public void Reset(ReadOnlySpan<int> slotSizes)
    {
        if (_ends.Length < slotSizes.Length)
            (_ends, _adds) = (new int[slotSizes.Length], new int[slotSizes.Length]);
        Slots = 0;
        Walk(slotSizes, 0);
    }

    // Returns where the samples end. A node's two sides are added when the last slot of the right one is done.
    private int Walk(ReadOnlySpan<int> slotSizes, int start)
    {
        int first = Slots;
        if (slotSizes.Length == 1)
        {
            if (slotSizes[0] > 0)
                (_ends[Slots], _adds[Slots++]) = (start + slotSizes[0], 0);
            return start + slotSizes[0];
        }

        int half = slotSizes.Length / 2;
        int middle = Walk(slotSizes[..half], start);
        int left = Slots;
        int end = Walk(slotSizes[half..], middle);
        if (left > first && Slots > left)
            _adds[Slots - 1]++;
        return end;
    }
}
