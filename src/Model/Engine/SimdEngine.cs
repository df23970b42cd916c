using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>
/// The network on the CPU, in kernels of our own that give the same bits on every processor. Samples pass in small groups,
/// whose size has no part in the result: every sum is one chain over the samples in their order. All memory is allocated at first use.
/// </summary>
public sealed unsafe class SimdEngine : SlotEngine
{
    // So many samples' activations stay in the second-level cache.
    private const int Group = 8;
    private const int Pool1 = Convolution2.Side * Convolution2.Side;
    private const int Pool2 = CnnShape.Pooled * CnnShape.Pooled;
    private const int Taps = ConvolutionPool.Filter * ConvolutionPool.Filter;

    private readonly CnnShape _shape;
    private readonly int _conv1Weight, _conv1Bias, _conv2Weight, _conv2Bias, _dense1Weight, _dense1Bias, _dense2Weight, _dense2Bias;

    // Activations of a group, [Group, ...].
    private readonly AlignedFloats _pixels, _pool1, _positions1, _pool2, _positions2, _flat, _hidden, _hiddenFactors, _logits;

    // Gradients of a group, and filters in the order of the kernels.
    private readonly AlignedFloats _logitGradient, _hiddenGradient, _flatGradient, _pool1Gradient, _lists;
    private readonly AlignedFloats _filters1, _filters2, _filterRows2, _unpacked;
    private readonly uint[] _words;

    /// <summary>Makes an engine for a run.</summary>
    /// <param name="spec">The run: network, recipe, seed.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">The network or the recipe is not
    /// one that can be computed; the message says what would do.</exception>
    public SimdEngine(RunSpec spec, ImageSet train)
        : base(spec, train)
    {
        _shape = spec.Network;

        var parameters = _shape.Parameters().ToDictionary(parameter => parameter.Name, parameter => parameter.Offset);
        _conv1Weight = parameters["conv1.weight"];
        _conv1Bias = parameters["conv1.bias"];
        _conv2Weight = parameters["conv2.weight"];
        _conv2Bias = parameters["conv2.bias"];
        _dense1Weight = parameters["dense1.weight"];
        _dense1Bias = parameters["dense1.bias"];
        _dense2Weight = parameters["dense2.weight"];
        _dense2Bias = parameters["dense2.bias"];

        _pixels = new(Group * ImageSet.Pixels);
        _pool1 = new(Group * Pool1 * _shape.Conv1);
        _positions1 = new(Group * Pool1 * _shape.Conv1);
        _pool2 = new(Group * _shape.Flat);
        _positions2 = new(Group * _shape.Flat);
        _flat = new(Group * _shape.Flat);
        _hidden = new(Group * _shape.Hidden);
        _hiddenFactors = new(Group * _shape.Hidden);
        _logits = new(Group * Classes);

        _logitGradient = new(Group * Classes);
        _hiddenGradient = new(Group * _shape.Hidden);
        _flatGradient = new(Group * _shape.Flat);
        _pool1Gradient = new(Group * Pool1 * _shape.Conv1);
        _lists = new(2 * 4 * Pool2 * (_shape.Conv2 + 1));
        _filters1 = new(Taps * _shape.Conv1);
        _filters2 = new(Taps * _shape.Conv1 * _shape.Conv2);
        _filterRows2 = new(Taps * _shape.Conv1 * _shape.Conv2);
        _unpacked = new(Taps * _shape.Conv1);
        _words = new uint[_shape.Hidden];
    }

    /// <inheritdoc/>
    protected override void Begin(ReadOnlySpan<float> weights)
    {
        fixed (float* w = weights)
        {
            PackFilters(w);
            Convolution2.PackRows(w + _conv2Weight, _filterRows2.Pointer, _shape.Conv1, _shape.Conv2);
        }

        // The kernels hold bare pointers into this object's memory; so below.
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    protected override BlockSum Slot(ReadOnlySpan<float> weights, int epoch, ReadOnlySpan<int> samples, Span<float> gradient)
    {
        fixed (float* w = weights)
        fixed (float* g = gradient)
        {
            var sum = Slot(w, epoch, samples, g);
            GC.KeepAlive(this);
            return sum;
        }
    }

    /// <inheritdoc/>
    protected override void End(Span<float> gradient)
    {
        fixed (float* g = gradient)
            UnpackFilterGradients(g);
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    protected override void Evaluate(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits)
    {
        int count = logits.Length / Classes;
        fixed (float* w = weights)
        {
            PackFilters(w);
            for (int start = 0; start < count; start += Group)
            {
                int samples = Math.Min(Group, count - start);
                for (int i = 0; i < samples; i++)
                    ImageInput.Read(images.Image(first + start + i), (0, 0), _pixels.Pointer + i * ImageSet.Pixels);
                ForwardToHidden(w, samples);
                ReluDropout.Relu(_hidden.Pointer, samples * _shape.Hidden);
                ForwardToLogits(w, samples);
                new ReadOnlySpan<float>(_logits.Pointer, samples * Classes).CopyTo(logits[(start * Classes)..]);
            }
        }

        GC.KeepAlive(this);
    }

    // A slot's gradient, the filters' in the order of the kernels.
    private BlockSum Slot(float* weights, int epoch, ReadOnlySpan<int> samples, float* gradient)
    {
        new Span<float>(gradient, ParameterCount).Clear();
        double loss = 0;
        int hits = 0;
        for (int start = 0; start < samples.Length; start += Group)
        {
            var group = samples.Slice(start, Math.Min(Group, samples.Length - start));
            Forward(weights, epoch, group);
            for (int i = 0; i < group.Length; i++)
            {
                var logits = new ReadOnlySpan<float>(_logits.Pointer + i * Classes, Classes);
                int label = Train.Labels[group[i]];
                loss += SoftmaxCrossEntropy.Loss(
                    logits, label, Spec.Recipe.LabelSmoothing, new Span<float>(_logitGradient.Pointer + i * Classes, Classes));
                if (SoftmaxCrossEntropy.ArgMax(logits) == label)
                    hits++;
            }

            Backward(weights, group.Length, gradient);
        }

        return new BlockSum(loss, hits, samples.Length);
    }

    private void Forward(float* weights, int epoch, ReadOnlySpan<int> samples)
    {
        var recipe = Spec.Recipe;
        for (int i = 0; i < samples.Length; i++)
            ImageInput.Read(
                Train.Image(samples[i]), ImageInput.Shift(Spec.Seed, epoch, samples[i], recipe.Shift),
                _pixels.Pointer + i * ImageSet.Pixels);

        ForwardToHidden(weights, samples.Length);
        for (int i = 0; i < samples.Length; i++)
        {
            if (recipe.Dropout > 0)
                ReluDropout.Draw(Spec.Seed, epoch, samples[i], _words);
            int hidden = i * _shape.Hidden;
            ReluDropout.Forward(_hidden.Pointer + hidden, _hiddenFactors.Pointer + hidden, recipe.Dropout, _words);
        }

        ForwardToLogits(weights, samples.Length);
    }

    private void ForwardToHidden(float* weights, int samples)
    {
        for (int i = 0; i < samples; i++)
        {
            int pool1 = i * Pool1 * _shape.Conv1;
            ConvolutionPool.Forward(
                _pixels.Pointer + i * ImageSet.Pixels, ImageSet.Side, 1, _filters1.Pointer, weights + _conv1Bias, _shape.Conv1,
                _pool1.Pointer + pool1, (int*)_positions1.Pointer + pool1);
            int pool2 = i * _shape.Flat;
            ConvolutionPool.Forward(
                _pool1.Pointer + pool1, Convolution2.Side, _shape.Conv1, _filters2.Pointer, weights + _conv2Bias, _shape.Conv2,
                _pool2.Pointer + pool2, (int*)_positions2.Pointer + pool2);
            Flatten.Forward(_pool2.Pointer + pool2, _flat.Pointer + pool2, Pool2, _shape.Conv2);
        }

        Dense.Forward(
            _flat.Pointer, weights + _dense1Weight, weights + _dense1Bias, _hidden.Pointer, samples, _shape.Flat, _shape.Hidden);
    }

    private void ForwardToLogits(float* weights, int samples) =>
        Dense.Forward(_hidden.Pointer, weights + _dense2Weight, weights + _dense2Bias, _logits.Pointer, samples, _shape.Hidden, Classes);

    private void Backward(float* weights, int samples, float* gradient)
    {
        Dense.WeightGradient(
            _hidden.Pointer, _logitGradient.Pointer, gradient + _dense2Weight, gradient + _dense2Bias, samples, _shape.Hidden, Classes);
        Dense.InputGradient(
            weights + _dense2Weight, _logitGradient.Pointer, _hiddenGradient.Pointer, samples, _shape.Hidden, Classes);
        ReluDropout.Backward(_hiddenGradient.Pointer, _hiddenFactors.Pointer, samples * _shape.Hidden);
        Dense.WeightGradient(
            _flat.Pointer, _hiddenGradient.Pointer, gradient + _dense1Weight, gradient + _dense1Bias, samples, _shape.Flat, _shape.Hidden);
        Dense.InputGradient(
            weights + _dense1Weight, _hiddenGradient.Pointer, _flatGradient.Pointer, samples, _shape.Flat, _shape.Hidden);

        for (int i = 0; i < samples; i++)
        {
            float* pool1 = _pool1.Pointer + i * Pool1 * _shape.Conv1;
            float* pool1Gradient = _pool1Gradient.Pointer + i * Pool1 * _shape.Conv1;
            float* flatGradient = _flatGradient.Pointer + i * _shape.Flat;
            int* positions1 = (int*)_positions1.Pointer + i * Pool1 * _shape.Conv1;
            int* positions2 = (int*)_positions2.Pointer + i * _shape.Flat;
            Convolution2.WeightGradient(
                pool1, _shape.Conv1, flatGradient, positions2, _shape.Conv2, gradient + _conv2Weight, gradient + _conv2Bias);
            Convolution2.InputGradient(
                _filterRows2.Pointer, _shape.Conv1, flatGradient, positions2, _shape.Conv2, _lists.Pointer, pool1Gradient);
            Convolution1.Backward(
                _pixels.Pointer + i * ImageSet.Pixels, pool1Gradient, positions1, _shape.Conv1,
                gradient + _conv1Weight, gradient + _conv1Bias);
        }
    }

    private void PackFilters(float* weights)
    {
        ConvolutionPool.Pack(weights + _conv1Weight, _filters1.Pointer, 1, _shape.Conv1);
        ConvolutionPool.Pack(weights + _conv2Weight, _filters2.Pointer, _shape.Conv1, _shape.Conv2);
    }

    // Once a block and not once a slot: the order of elements does not matter to a sum of arrays.
    private void UnpackFilterGradients(float* gradient)
    {
        Transpose(gradient + _conv1Weight, Taps, _shape.Conv1);
        for (int output = 0; output < _shape.Conv2; output++)
            Transpose(gradient + _conv2Weight + output * Taps * _shape.Conv1, Taps, _shape.Conv1);
    }

    // [rows, columns] becomes [columns, rows], in place.
    private void Transpose(float* matrix, int rows, int columns)
    {
        Flatten.Forward(matrix, _unpacked.Pointer, rows, columns);
        new ReadOnlySpan<float>(_unpacked.Pointer, rows * columns).CopyTo(new Span<float>(matrix, rows * columns));
    }
}
