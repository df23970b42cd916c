using System.Numerics;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// What the engines have in common: what they refuse, and the tree along which a block's slots are added. What is left to each is how
/// it computes one slot's gradient, and logits.
/// </summary>
public abstract unsafe class SlotEngine : IGradientEngine
{
    // A multiple of 16 suits the vectors of every processor, and starts every parameter on a cache line.
    private const int WidthUnit = 16;

    // Right siblings that wait for their left one to be summed, one a level of the tree.
    private readonly List<AlignedFloats> _siblings = [];

    /// <summary>Checks the run.</summary>
    /// <param name="spec">The run: network, recipe, seed.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">The network or the recipe is not
    /// one that can be computed; the message says what would do.</exception>
    protected SlotEngine(RunSpec spec, ImageSet train)
    {
        Check(spec);
        Spec = spec;
        Train = train;
        ParameterCount = spec.Network.ParameterCount();
    }

    /// <summary>The run.</summary>
    protected RunSpec Spec { get; }

    /// <summary>The images that samples index.</summary>
    protected ImageSet Train { get; }

    /// <summary>Number of classes, and of logits.</summary>
    protected int Classes => Spec.Network.Classes;

    /// <summary>Length of the weight and gradient arrays.</summary>
    protected int ParameterCount { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths do not fit, the slots are
    /// no power of two, or a sample is not in the training set.</exception>
    public BlockSum Gradient(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient)
    {
        Check(weights, batch, gradient);
        Begin(weights);
        var sum = Block(weights, batch, gradient);
        if (sum.Samples == 0)
            gradient.Clear();
        else
            End(gradient);
        return sum;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths do not fit, or the images are not in the set.</exception>
    public void Logits(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits)
    {
        int count = logits.Length / Classes;
        CheckLength(weights);
        if (count * Classes != logits.Length)
            throw new ArgumentException($"{logits.Length} logits are not {Classes} an image.", nameof(logits));
        if (first < 0 || first > images.Count - count)
            throw new ArgumentException($"Images {first} to {first + count - 1} of a set of {images.Count}.", nameof(first));
        Evaluate(weights, images, first, logits);
    }

    /// <summary>Prepares for the slots of one block.</summary>
    /// <param name="weights">All weights.</param>
    protected abstract void Begin(ReadOnlySpan<float> weights);

    /// <summary>The gradient of one slot that is not empty. It must not depend on slots before.</summary>
    /// <param name="weights">All weights, the same as at <see cref="Begin"/>.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="samples">Indexes into the training set.</param>
    /// <param name="gradient">Receives the sum over the samples.</param>
    protected abstract BlockSum Slot(ReadOnlySpan<float> weights, int epoch, ReadOnlySpan<int> samples, Span<float> gradient);

    /// <summary>Finishes the sum of a block that is not empty.</summary>
    /// <param name="gradient">The sum, in place.</param>
    protected virtual void End(Span<float> gradient)
    {
    }

    /// <summary>The logits, of arguments that have been checked.</summary>
    /// <inheritdoc cref="IGradientEngine.Logits"/>
    protected abstract void Evaluate(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits);

    // The tree: left into the caller's memory, right into the level's own, then left += right. An empty side is never added.
    private BlockSum Block(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient)
    {
        if (batch.Samples.IsEmpty)
            return default;
        if (batch.SlotSizes.Length == 1)
            return Slot(weights, batch.Epoch, batch.Samples, gradient);

        int half = batch.SlotSizes.Length / 2;
        int leftSamples = Sum(batch.SlotSizes[..half]);
        var left = new BlockBatch(batch.Epoch, batch.Samples[..leftSamples], batch.SlotSizes[..half]);
        var right = new BlockBatch(batch.Epoch, batch.Samples[leftSamples..], batch.SlotSizes[half..]);
        if (left.Samples.IsEmpty)
            return Block(weights, right, gradient);
        var leftSum = Block(weights, left, gradient);
        if (right.Samples.IsEmpty)
            return leftSum;

        float* sibling = Sibling(BitOperations.Log2((uint)half));
        var rightSum = Block(weights, right, new Span<float>(sibling, ParameterCount));
        fixed (float* sum = gradient)
            Lanes.Add(sum, sibling, ParameterCount);
        return BlockSum.Add(leftSum, rightSum);
    }

    private float* Sibling(int level)
    {
        while (_siblings.Count <= level)
            _siblings.Add(new(ParameterCount));
        return _siblings[level].Pointer;
    }

    private static int Sum(ReadOnlySpan<int> values)
    {
        int sum = 0;
        foreach (int value in values)
            sum += value;
        return sum;
    }

    private void CheckLength(ReadOnlySpan<float> weights)
    {
        if (weights.Length != ParameterCount)
            throw new ArgumentException($"{weights.Length} weights for a network of {ParameterCount}.", nameof(weights));
    }

    private void Check(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient)
    {
        CheckLength(weights);
        if (gradient.Length != ParameterCount)
            throw new ArgumentException(
                $"Room for {gradient.Length} gradients for a network of {ParameterCount} weights.", nameof(gradient));
        if (!BitOperations.IsPow2(batch.SlotSizes.Length))
            throw new ArgumentException($"A block of {batch.SlotSizes.Length} slots; it must be a power of two.", nameof(batch));

        int samples = 0;
        foreach (int size in batch.SlotSizes)
            samples = size >= 0 ? checked(samples + size) : throw new ArgumentException($"A slot of {size} samples.", nameof(batch));
        if (samples != batch.Samples.Length)
            throw new ArgumentException($"{batch.Samples.Length} samples for slots of {samples}.", nameof(batch));
        foreach (int sample in batch.Samples)
            if ((uint)sample >= (uint)Train.Count)
                throw new ArgumentException($"Sample {sample} of a training set of {Train.Count}.", nameof(batch));
    }

    private static void Check(RunSpec spec)
    {
        var (network, recipe) = (spec.Network, spec.Recipe);
        CheckWidth(network.Conv1, nameof(network.Conv1));
        CheckWidth(network.Conv2, nameof(network.Conv2));
        CheckWidth(network.Hidden, nameof(network.Hidden));
        if (network.Classes is < 1 or > CnnShape.MostClasses)
            throw new ArgumentException($"A network of {network.Classes} classes; it must be from 1 to {CnnShape.MostClasses}.");
        if (!(recipe.Dropout is >= 0 and < 1))
            throw new ArgumentException($"Dropout of {recipe.Dropout}; it must be at least 0 and below 1.");
        if (!(recipe.LabelSmoothing is >= 0 and < 1))
            throw new ArgumentException($"Label smoothing of {recipe.LabelSmoothing}; it must be at least 0 and below 1.");
        if (recipe.Shift is < 0 or >= ImageSet.Side)
            throw new ArgumentException($"A shift of {recipe.Shift} pixels; it must be at least 0 and below {ImageSet.Side}.");
    }

    private static void CheckWidth(int width, string name)
    {
        const int widest = 1024;
        if (width <= 0 || width % WidthUnit != 0 || width > widest)
            throw new ArgumentException($"A network with {name} = {width}; it must be a multiple of {WidthUnit} up to {widest}.");
    }
}
