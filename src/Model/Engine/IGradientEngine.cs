using MnistDistributed.Model.Data;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// An engine that computes gradients and logits of the network. It is made for one run (network,
/// recipe, seed, training images), holds its scratch memory, and is used by one thread at a time.
/// </summary>
public interface IGradientEngine
{
    /// <summary>
    /// The gradient of a block: each slot's sum over its samples of the loss gradient, added pairwise along the tree.
    /// The bits of a slot do not depend on the other slots of the block.
    /// </summary>
    /// <param name="weights">All weights, laid out as <see cref="Network.CnnShape.Parameters"/>.</param>
    /// <param name="batch">The samples.</param>
    /// <param name="gradient">Receives the sum; all zero if the block is empty.</param>
    BlockSum Gradient(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient);

    /// <summary>
    /// The logits of consecutive images, without dropout or augmentation. An image's bits do not depend on its neighbours.
    /// </summary>
    /// <param name="weights">All weights.</param>
    /// <param name="images">The set to read from.</param>
    /// <param name="first">Index of the first image.</param>
    /// <param name="logits">Receives <c>[count, classes]</c>; its length says how many images.</param>
    void Logits(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits);
}
