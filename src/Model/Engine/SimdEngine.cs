using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// The network on the CPU, in kernels of our own that give the same bits on every processor. Samples pass in small groups,
/// whose size has no part in the result: every sum is one chain over the samples in their order. What the dense layers need for their
/// gradient is kept until the block's last slot is through. All memory is allocated at first use.
/// </summary>
/// <typeparam name="T">The width of the vectors.</typeparam>
public sealed unsafe class SimdEngine<T> : SlotEngine
    where T : unmanaged, ILanes<T>
{
    // So many samples' activations stay in the second-level cache.
    private const int Group = Dense.Group;
    private const int Cells1 = Convolution2.Side * Convolution2.Side;
    private const int Taps = Convolution1.Taps;

    private readonly CnnShape _shape;
    private readonly int _conv1Weight, _conv1Bias, _conv2Weight, _conv2Bias, _dense1Weight, _dense1Bias, _dense2Weight, _dense2Bias;

    // Filters in the orders of the kernels.
    private readonly AlignedFloats _filters1, _filters2, _winograd2, _unpacked;

    // Of a group, [Group, ...]: activations, where they came from, gradients.
    private readonly AlignedFloats _pixels, _pool1, _positions1, _positions2, _active2, _flatGradient;

    // Of one sample.
    private readonly AlignedFloats _pool2, _pool1Gradient, _winograd;
    private readonly uint[] _words;

    // Of a whole block, and how many of its samples are through.
    private DenseMemory _dense;
    private int _done;

    /// <summary>Makes an engine for a run.</summary>
    /// <param name="spec">The run: network, recipe, seed.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">The network or the recipe is not
    /// one that can be computed; the message says what would do.</exception>
    public SimdEngine(RunSpec spec, ImageSet train)
        : base(spec, train, Offset(spec, "dense1.weight"))
    {
        _shape = spec.Network;
        _conv1Weight = Offset(spec, "conv1.weight");
        _conv1Bias = Offset(spec, "conv1.bias");
        _conv2Weight = Offset(spec, "conv2.weight");
        _conv2Bias = Offset(spec, "conv2.bias");
        _dense1Weight = Offset(spec, "dense1.weight");
        _dense1Bias = Offset(spec, "dense1.bias");
        _dense2Weight = Offset(spec, "dense2.weight");
        _dense2Bias = Offset(spec, "dense2.bias");

        _filters1 = new(Taps * _shape.Conv1);
        _filters2 = new(Taps * _shape.Conv1 * _shape.Conv2);
        _winograd2 = new(Convolution2.Products * _shape.Conv1 * Convolution2.Padded(_shape.Conv2));
        _unpacked = new(Taps * _shape.Conv1 * _shape.Conv2);

        _pixels = new(Group * ImageSet.Pixels);
        _pool1 = new(Group * Cells1 * _shape.Conv1);
        _positions1 = new(Group * Cells1 * _shape.Conv1);
        _positions2 = new(Group * _shape.Flat);
        _active2 = new(Group * _shape.Conv2);
        _flatGradient = new(Group * _shape.Flat);

        _pool2 = new(_shape.Flat);
        _pool1Gradient = new(Cells1 * _shape.Conv1);
        _winograd = new(Convolution2.Scratch(_shape.Conv1, _shape.Conv2));
        _words = new uint[_shape.Hidden];
        _dense = new(_shape, Group);
    }

    /// <inheritdoc/>
    protected override void Begin(ReadOnlySpan<float> weights, int samples)
    {
        _done = 0;
        if (samples > _dense.Samples)
            _dense = new(_shape, samples);
        fixed (float* w = weights)
            PackFilters(w);
    }

    /// <inheritdoc/>
    protected override BlockSum Slot(ReadOnlySpan<float> weights, int epoch, ReadOnlySpan<int> samples, Span<float> gradient)
    {
        gradient.Clear();
        double loss = 0;
        int hits = 0;
        fixed (float* w = weights)
        fixed (float* g = gradient)
            for (int start = 0; start < samples.Length; start += Group)
            {
                var group = samples.Slice(start, Math.Min(Group, samples.Length - start));
                Forward(w, epoch, group);
                for (int i = 0; i < group.Length; i++)
                    loss += Loss(_done + i, Train.Labels[group[i]], ref hits);
                Backward(w, group.Length, g);
                _done += group.Length;
            }

        return new BlockSum(loss, hits, samples.Length);
    }

    /// <inheritdoc/>
    protected override void End(Span<float> gradient)
    {
        fixed (float* g = gradient)
        {
            Dense.WeightGradient<T>(
                _dense.Flat, _dense.HiddenGradient, _shape.Hidden, Tree, _shape.Flat, _shape.Hidden, _dense,
                g + _dense1Weight, g + _dense1Bias);
            Dense.WeightGradient<T>(
                _dense.Hidden, _dense.LogitGradient, _dense.LogitStride, Tree, _shape.Hidden, Classes, _dense,
                g + _dense2Weight, g + _dense2Bias);
            UnpackFilterGradients(g);
        }
    }

    /// <inheritdoc/>
    protected override void Evaluate(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits)
    {
        int count = logits.Length / Classes;
        _done = 0;
        fixed (float* w = weights)
        {
            PackFilters(w);
            for (int start = 0; start < count; start += Group)
            {
                int samples = Math.Min(Group, count - start);
                for (int i = 0; i < samples; i++)
                    ImageInput.Read(images.Image(first + start + i), (0, 0), _pixels.Pointer + i * ImageSet.Pixels);
                ForwardToHidden(w, samples);
                ReluDropout.Relu(_dense.Hidden, samples * _shape.Hidden);
                ForwardToLogits(w, samples);
                for (int i = 0; i < samples; i++)
                    Logits(i).CopyTo(logits[((start + i) * Classes)..]);
            }
        }
    }

    private void Forward(float* weights, int epoch, ReadOnlySpan<int> samples)
    {
        var recipe = Spec.Recipe;
        for (int i = 0; i < samples.Length; i++)
            Augmentation.Read(Train.Image(samples[i]), epoch, samples[i], _pixels.Pointer + i * ImageSet.Pixels);

        ForwardToHidden(weights, samples.Length);
        for (int i = 0; i < samples.Length; i++)
        {
            if (recipe.Dropout > 0)
                ReluDropout.Draw(Spec.Seed, epoch, samples[i], _words);
            int hidden = (_done + i) * _shape.Hidden;
            fixed (uint* words = _words)
                ReluDropout.Forward(_dense.Hidden + hidden, _dense.HiddenFactors + hidden, recipe.Dropout, words, _shape.Hidden);
        }

        ForwardToLogits(weights, samples.Length);
    }

    private void ForwardToHidden(float* weights, int samples)
    {
        for (int i = 0; i < samples; i++)
        {
            int pool1 = i * Cells1 * _shape.Conv1;
            Convolution1.Forward<T>(
                _pixels.Pointer + i * ImageSet.Pixels, _filters1.Pointer, weights + _conv1Bias, _shape.Conv1,
                _pool1.Pointer + pool1, (int*)_positions1.Pointer + pool1);
            Convolution2.Forward<T>(
                _pool1.Pointer + pool1, _shape.Conv1, _winograd2.Pointer, weights + _conv2Bias, _shape.Conv2, _winograd.Pointer,
                _pool2.Pointer, (int*)_positions2.Pointer + i * _shape.Flat, (int*)_active2.Pointer + i * _shape.Conv2);
            Transpose.Copy(_pool2.Pointer, _dense.Flat + (_done + i) * _shape.Flat, Convolution2.Cells, _shape.Conv2);
        }

        Dense.Forward<T>(
            _dense.Flat + _done * _shape.Flat, weights + _dense1Weight, weights + _dense1Bias,
            _dense.Hidden + _done * _shape.Hidden, _shape.Hidden, samples, _shape.Flat, _shape.Hidden, _dense.Dots);
    }

    private void ForwardToLogits(float* weights, int samples) =>
        Dense.Forward<T>(
            _dense.Hidden + _done * _shape.Hidden, weights + _dense2Weight, weights + _dense2Bias,
            _dense.Logits + _done * _dense.LogitStride, _dense.LogitStride, samples, _shape.Hidden, Classes, _dense.Dots);

    private double Loss(int sample, int label, ref int hits)
    {
        var logits = Logits(sample);
        if (SoftmaxCrossEntropy.ArgMax(logits) == label)
            hits++;
        return SoftmaxCrossEntropy.Loss(
            logits, label, Spec.Recipe.LabelSmoothing, new Span<float>(_dense.LogitGradient + sample * _dense.LogitStride, Classes));
    }

    private void Backward(float* weights, int samples, float* gradient)
    {
        float* hiddenGradient = _dense.HiddenGradient + _done * _shape.Hidden;
        Dense.InputGradient<T>(
            weights + _dense2Weight, _dense.LogitGradient + _done * _dense.LogitStride, _dense.LogitStride,
            samples, _shape.Hidden, Classes, _dense, hiddenGradient);
        ReluDropout.Backward(hiddenGradient, _dense.HiddenFactors + _done * _shape.Hidden, samples * _shape.Hidden);
        Dense.InputGradient<T>(
            weights + _dense1Weight, hiddenGradient, _shape.Hidden, samples, _shape.Flat, _shape.Hidden, _dense, _flatGradient.Pointer);

        for (int i = 0; i < samples; i++)
        {
            float* pool1 = _pool1.Pointer + i * Cells1 * _shape.Conv1;
            float* flatGradient = _flatGradient.Pointer + i * _shape.Flat;
            int* positions2 = (int*)_positions2.Pointer + i * _shape.Flat;
            int* active2 = (int*)_active2.Pointer + i * _shape.Conv2;
            Convolution2.FilterGradient<T>(
                pool1, _shape.Conv1, flatGradient, positions2, active2, _shape.Conv2, gradient + _conv2Weight, gradient + _conv2Bias);
            Convolution2.InputGradient<T>(
                _filters2.Pointer, _shape.Conv1, flatGradient, positions2, active2, _shape.Conv2, _pool1Gradient.Pointer);
            Convolution1.Backward<T>(
                _pixels.Pointer + i * ImageSet.Pixels, _pool1Gradient.Pointer, (int*)_positions1.Pointer + i * Cells1 * _shape.Conv1,
                _shape.Conv1, gradient + _conv1Weight, gradient + _conv1Bias);
        }
    }

    private ReadOnlySpan<float> Logits(int sample) => new(_dense.Logits + sample * _dense.LogitStride, Classes);

    // PyTorch has filters as [outputs, inputs, 3, 3]; the kernels have them as [9, channels] and [outputs, 9, inputs].
    private void PackFilters(float* weights)
    {
        int filter = Taps * _shape.Conv1;
        Transpose.Copy(weights + _conv1Weight, _filters1.Pointer, _shape.Conv1, Taps);
        for (int output = 0; output < _shape.Conv2; output++)
            Transpose.Copy(weights + _conv2Weight + output * filter, _filters2.Pointer + output * filter, _shape.Conv1, Taps);
        Transpose.Copy(_filters2.Pointer, _unpacked.Pointer, _shape.Conv2, filter);
        Convolution2.Transform<T>(_unpacked.Pointer, _shape.Conv1, _shape.Conv2, _winograd2.Pointer);
    }

    // Once a block and not once a slot: the order of elements does not matter to a sum of arrays.
    private void UnpackFilterGradients(float* gradient)
    {
        Unpack(gradient + _conv1Weight);
        for (int output = 0; output < _shape.Conv2; output++)
            Unpack(gradient + _conv2Weight + output * Taps * _shape.Conv1);
    }

    private void Unpack(float* filters)
    {
        int length = Taps * _shape.Conv1;
        new ReadOnlySpan<float>(filters, length).CopyTo(new Span<float>(_unpacked.Pointer, length));
        Transpose.Copy(_unpacked.Pointer, filters, Taps, _shape.Conv1);
    }

    private static int Offset(RunSpec spec, string parameter) => spec.Network.Parameters().Single(p => p.Name == parameter).Offset;
}
