namespace MnistDistributed.Model.Engine;

/// <summary>What a block sums besides the gradient, along the same tree.</summary>
/// <param name="Loss">Sum of the samples' losses.</param>
/// <param name="Hits">How many samples were classified rightly, under dropout and augmentation.</param>
/// <param name="Samples">How many samples; 0 for an empty block, whose gradient is never added.</param>
public readonly record struct BlockSum(double Loss, int Hits, int Samples)
{
    /// <summary>The parent's sum in the tree: left, then right; an empty child is not added.</summary>
    public static BlockSum Add(BlockSum left, BlockSum right) => (left.Samples, right.Samples) switch
    {
        (_, 0) => left,
        (0, _) => right,
        _ => new(left.Loss + right.Loss, left.Hits + right.Hits, left.Samples + right.Samples),
    };
}
