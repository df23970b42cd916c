using System.Numerics;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// What the engines have in common: what they refuse, and the walk along which a block's slots are added. What is left to each is
/// how it computes one slot's gradient, and logits.
/// </summary>
public abstract unsafe class SlotEngine : IGradientEngine
{
    // A multiple of 16 suits the vectors of every processor, and starts every parameter on a cache line.
    private const int WidthUnit = 16;

    // What an engine keeps for each sample until the end of a block is some kilobytes.
    private const int MostSamples = 1024;

    private readonly List<AlignedFloats> _siblings = [];
    private readonly List<AlignedFloats> _waiting = [];
    private readonly BlockSum[] _sums = new BlockSum[32];
    private readonly int _summed;

    /// <summary>Checks the run.</summary>
    /// <param name="spec">The run: network, recipe, seed.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <param name="summed">How many elements of the gradient, from the first, each slot computes and the tree adds;
    /// the others are the engine's own matter in <see cref="End"/>.</param>
    /// <exception cref="ArgumentException">The network or the recipe is not
    /// one that can be computed; the message says what would do.</exception>
    protected SlotEngine(RunSpec spec, ImageSet train, int summed)
    {
        Check(spec);
        Spec = spec;
        Train = train;
        Augmentation = new Augmentation(spec);
        ParameterCount = spec.Network.ParameterCount();
        _summed = summed;
    }

    /// <summary>The run.</summary>
    protected RunSpec Spec { get; }

    /// <summary>The images that samples index.</summary>
    protected ImageSet Train { get; }

    /// <summary>How training images are read.</summary>
    protected Augmentation Augmentation { get; }

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
        if (batch.Samples.IsEmpty)
        {
            gradient.Clear();
            return default;
        }

        var sum = Block(weights, batch, gradient);
        // What computes holds bare pointers into this object's memory; so below.
        GC.KeepAlive(this);
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
        GC.KeepAlive(this);
    }

    /// <summary>Which samples of the block are whose, and how its slots are added.</summary>
    protected SlotTree Tree { get; } = new();

    /// <summary>Prepares for the slots of one block.</summary>
    /// <param name="weights">All weights.</param>
    /// <param name="samples">How many samples they have.</param>
    protected abstract void Begin(ReadOnlySpan<float> weights, int samples);

    /// <summary>The gradient of one slot that is not empty. It must not depend on slots before.</summary>
    /// <param name="weights">All weights, the same as at <see cref="Begin"/>.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="samples">Indexes into the training set.</param>
    /// <param name="gradient">Receives the sum over the samples, of the elements that the tree adds.</param>
    protected abstract BlockSum Slot(ReadOnlySpan<float> weights, int epoch, ReadOnlySpan<int> samples, Span<float> gradient);

    /// <summary>Finishes the sum of a block that is not empty.</summary>
    /// <param name="gradient">The sum, in place, of the elements that the tree adds; receives the others.</param>
    protected virtual void End(Span<float> gradient)
    {
    }

    /// <summary>The logits, of arguments that have been checked.</summary>
    /// <inheritdoc cref="IGradientEngine.Logits"/>
    protected abstract void Evaluate(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits);

    // What the engines keep of a block until its end is bounded, as far as slots allow: a large one is the sum of its halves.
    private BlockSum Block(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient, int level = 0)
    {
        if (batch.Samples.Length <= MostSamples || batch.SlotSizes.Length == 1)
        {
            Tree.Reset(batch.SlotSizes);
            Begin(weights, batch.Samples.Length);
            var sum = Slots(weights, batch, gradient);
            End(gradient);
            return sum;
        }

        var left = batch.Left;
        var right = batch.Right;
        if (left.Samples.IsEmpty)
            return Block(weights, right, gradient, level);
        var leftSum = Block(weights, left, gradient, level);
        if (right.Samples.IsEmpty)
            return leftSum;

        if (_siblings.Count == level)
            _siblings.Add(new(ParameterCount));
        var sibling = new Span<float>(_siblings[level].Pointer, ParameterCount);
        var rightSum = Block(weights, right, sibling, level + 1);
        Lanes.Add(gradient, sibling);
        return BlockSum.Add(leftSum, rightSum);
    }

    // Sums wait for their right siblings in memory of their own, but for the first, which is the caller's.
    private BlockSum Slots(ReadOnlySpan<float> weights, BlockBatch batch, Span<float> gradient)
    {
        int waiting = 0;
        int start = 0;
        for (int slot = 0; slot < Tree.Slots; slot++)
        {
            int end = Tree.Ends[slot];
            _sums[waiting] = Slot(weights, batch.Epoch, batch.Samples[start..end], Sum(waiting, gradient));
            start = end;
            for (int add = Tree.Adds[slot]; add > 0; add--, waiting--)
            {
                Lanes.Add(Sum(waiting - 1, gradient), Sum(waiting, gradient));
                _sums[waiting - 1] = BlockSum.Add(_sums[waiting - 1], _sums[waiting]);
            }

            waiting++;
        }

        return _sums[0];
    }

    private Span<float> Sum(int index, Span<float> gradient)
    {
        if (index == 0)
            return gradient[.._summed];
        while (_waiting.Count < index)
            _waiting.Add(new(_summed));
        return new(_waiting[index - 1].Pointer, _summed);
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
    }

    private static void CheckWidth(int width, string name)
    {
        const int widest = 1024;
        if (width <= 0 || width % WidthUnit != 0 || width > widest)
            throw new ArgumentException($"A network with {name} = {width}; it must be a multiple of {WidthUnit} up to {widest}.");
    }
}
