using System.Numerics;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;

namespace MnistDistributed.Kernels;

/// <summary>
/// The kernels, each over the 128 images of one step, as the engine calls them. They are in the order of a step: called one after the
/// other they compute one, and leave each other what they need.
/// </summary>
/// <typeparam name="T">The width of the vectors.</typeparam>
public unsafe class KernelBenchmarks<T>
    where T : unmanaged, ILanes<T>
{
    private const int Images = 128;
    private const int Tests = 1000;
    private const int PeakChains = 10;
    private const int PeakRounds = 1000;
    private const int Cells1 = Convolution2.Side * Convolution2.Side;

    private readonly TrainedNetwork _network = TrainedNetwork.Shared;
    private readonly CnnShape _shape;
    private readonly int[] _samples;
    private readonly SlotTree _tree = new();
    private readonly Augmentation _augmentation;
    private readonly IGradientEngine _engine;
    private readonly DenseMemory _dense;
    private readonly AlignedFloats _weights, _gradient, _filters1, _filters2, _byInput, _winograd2, _scratch;
    private readonly AlignedFloats _pixels, _pool1, _positions1, _pool1Gradient, _pool2, _positions2, _active2, _flatGradient;
    private readonly AlignedFloats _hiddenBefore, _hiddenAfterGradient;
    private readonly uint[] _words;
    private readonly float[] _engineGradient, _logits;

    /// <summary>Makes all that lies between them.</summary>
    public KernelBenchmarks()
    {
        _shape = _network.Spec.Network;
        _samples = _network.Next.Samples.ToArray();
        _tree.Reset(_network.Next.SlotSizes);
        _augmentation = new Augmentation(_network.Spec);
        _engine = GradientEngines.Create(_network.Spec, _network.Data.Train);
        _dense = new DenseMemory(_shape, Images);
        _weights = new(_network.Weights.Length);
        _gradient = new(_network.Weights.Length);
        _network.Weights.CopyTo(new Span<float>(_weights.Pointer, _network.Weights.Length));
        int filters2 = Convolution1.Taps * _shape.Conv1 * _shape.Conv2;
        (_filters1, _filters2, _byInput) = (new(Convolution1.Taps * _shape.Conv1), new(filters2), new(filters2));
        _winograd2 = new(Convolution2.Products * _shape.Conv1 * Convolution2.Padded(_shape.Conv2));
        _scratch = new(Convolution2.Scratch(_shape.Conv1, _shape.Conv2));
        _pixels = new(Images * ImageSet.Pixels);
        (_pool1, _positions1, _pool1Gradient) = (Pool1(), Pool1(), Pool1());
        (_pool2, _positions2, _flatGradient) = (new(Images * _shape.Flat), new(Images * _shape.Flat), new(Images * _shape.Flat));
        _active2 = new(Images * _shape.Conv2);
        (_hiddenBefore, _hiddenAfterGradient) = (new(Images * _shape.Hidden), new(Images * _shape.Hidden));
        _words = new uint[Images * _shape.Hidden];
        (_engineGradient, _logits) = (new float[_network.Weights.Length], new float[Tests * _shape.Classes]);
        foreach (var kernel in KernelsCommand.InOrder<T>())
            kernel.Invoke(this, null);

        AlignedFloats Pool1() => new(Images * Cells1 * _shape.Conv1);
    }

    /// <summary>How many multiply-adds a kernel does for an image, on average, by its name: what it skips is not counted.</summary>
    public IReadOnlyDictionary<string, double> MultiplyAdds
    {
        get
        {
            double windows1 = Enumerable.Range(0, Images).Sum(Windows) / (double)Images;
            double active2 = Enumerable.Range(0, Images * _shape.Conv2).Sum(i => BitOperations.PopCount(((uint*)_active2.Pointer)[i]));
            double taps2 = active2 / Images * Convolution1.Taps * _shape.Conv1;
            double dense1 = NotZero(_dense.HiddenGradient, Images * _shape.Hidden) * _shape.Flat;
            double dense2 = NotZero(_dense.LogitGradient, Images * _dense.LogitStride) * _shape.Hidden;
            return new Dictionary<string, double>
            {
                [nameof(Convolution1Forward)] = windows1 * 4 * Convolution1.Taps * _shape.Conv1,
                [nameof(Convolution2Forward)] =
                    Convolution2.Products * Convolution2.Cells * _shape.Conv1 * (double)Convolution2.Padded(_shape.Conv2),
                [nameof(Dense1Forward)] = _shape.Flat * _shape.Hidden,
                [nameof(Dense2Forward)] = _shape.Hidden * _shape.Classes,
                [nameof(Dense2InputGradient)] = dense2,
                [nameof(Dense1InputGradient)] = dense1,
                [nameof(Convolution2FilterGradient)] = taps2,
                [nameof(Convolution2InputGradient)] = taps2,
                [nameof(Convolution1Backward)] = windows1 * Convolution1.Taps * _shape.Conv1,
                [nameof(Dense1WeightGradient)] = dense1,
                [nameof(Dense2WeightGradient)] = dense2,
                [nameof(Peak)] = PeakChains * T.Count,
            };
        }
    }

    /// <summary>Images from bytes, moved as the recipe says.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void ImageInput()
    {
        for (int i = 0; i < Images; i++)
            _augmentation.Read(_network.Data.Train.Image(_samples[i]), 0, _samples[i], Pixels(i));
    }

    /// <summary>What is done once a step: filters are brought into the orders of the kernels, and into Winograd's domain.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void FilterTransform()
    {
        int filter = Convolution1.Taps * _shape.Conv1;
        float* weights2 = Weights("conv2.weight");
        Transpose.Copy(Weights("conv1.weight"), _filters1.Pointer, _shape.Conv1, Convolution1.Taps);
        for (int output = 0; output < _shape.Conv2; output++)
            Transpose.Copy(weights2 + output * filter, _filters2.Pointer + output * filter, _shape.Conv1, Convolution1.Taps);
        Transpose.Copy(_filters2.Pointer, _byInput.Pointer, _shape.Conv2, filter);
        Convolution2.Transform<T>(_byInput.Pointer, _shape.Conv1, _shape.Conv2, _winograd2.Pointer);
    }

    /// <summary>Convolution, ReLU and pool.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Convolution1Forward()
    {
        float* bias = Weights("conv1.bias");
        for (int i = 0; i < Images; i++)
            Convolution1.Forward<T>(Pixels(i), _filters1.Pointer, bias, _shape.Conv1, Pool1(i), Positions1(i));
    }

    /// <summary>Convolution, ReLU and pool.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Convolution2Forward()
    {
        float* bias = Weights("conv2.bias");
        for (int i = 0; i < Images; i++)
        {
            Convolution2.Forward<T>(
                Pool1(i), _shape.Conv1, _winograd2.Pointer, bias, _shape.Conv2, _scratch.Pointer,
                _pool2.Pointer + i * _shape.Flat, Positions2(i), Active2(i));
        }
    }

    /// <summary>From the kernels' order to PyTorch's.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Flatten()
    {
        for (int i = 0; i < Images; i++)
            Transpose.Copy(_pool2.Pointer + i * _shape.Flat, _dense.Flat + i * _shape.Flat, Convolution2.Cells, _shape.Conv2);
    }

    /// <summary>The hidden layer.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense1Forward() => Forward(
        _dense.Flat, "dense1.weight", "dense1.bias", _hiddenBefore.Pointer, _shape.Hidden, _shape.Flat, _shape.Hidden);

    /// <summary>ReLU and dropout, with the drawing of random numbers.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void ReluDropoutForward()
    {
        Copy(_hiddenBefore.Pointer, _dense.Hidden);
        fixed (uint* words = _words)
        {
            for (int i = 0; i < Images; i++)
            {
                int hidden = i * _shape.Hidden;
                ReluDropout.Draw(_network.Spec.Seed, 0, _samples[i], new Span<uint>(words + hidden, _shape.Hidden));
                ReluDropout.Forward(
                    _dense.Hidden + hidden, _dense.HiddenFactors + hidden, _network.Spec.Recipe.Dropout, words + hidden, _shape.Hidden);
            }
        }
    }

    /// <summary>The logits.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense2Forward() => Forward(
        _dense.Hidden, "dense2.weight", "dense2.bias", _dense.Logits, _dense.LogitStride, _shape.Hidden, _shape.Classes);

    /// <summary>Loss, and its gradient by the logits.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void SoftmaxCrossEntropyLoss()
    {
        for (int i = 0; i < Images; i++)
        {
            int logits = i * _dense.LogitStride;
            SoftmaxCrossEntropy.Loss(
                new ReadOnlySpan<float>(_dense.Logits + logits, _shape.Classes), _network.Data.Train.Labels[_samples[i]],
                _network.Spec.Recipe.LabelSmoothing, new Span<float>(_dense.LogitGradient + logits, _shape.Classes));
        }
    }

    /// <summary>Back through the logits; by way of <see cref="WeightedRows"/>, as all gradients of the dense layers.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense2InputGradient() => Dense.InputGradient<T>(
        Weights("dense2.weight"), _dense.LogitGradient, _dense.LogitStride, Images, _shape.Hidden, _shape.Classes, _dense,
        _hiddenAfterGradient.Pointer);

    /// <summary>Back through dropout and ReLU.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void ReluDropoutBackward()
    {
        Copy(_hiddenAfterGradient.Pointer, _dense.HiddenGradient);
        ReluDropout.Backward(_dense.HiddenGradient, _dense.HiddenFactors, Images * _shape.Hidden);
    }

    /// <summary>Back through the hidden layer.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense1InputGradient() => Dense.InputGradient<T>(
        Weights("dense1.weight"), _dense.HiddenGradient, _shape.Hidden, Images, _shape.Flat, _shape.Hidden, _dense, _flatGradient.Pointer);

    /// <summary>The gradient of filters.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Convolution2FilterGradient()
    {
        float* filters = Gradient("conv2.weight");
        float* bias = Gradient("conv2.bias");
        for (int i = 0; i < Images; i++)
        {
            Convolution2.FilterGradient<T>(
                Pool1(i), _shape.Conv1, _flatGradient.Pointer + i * _shape.Flat, Positions2(i), Active2(i), _shape.Conv2, filters, bias);
        }
    }

    /// <summary>Back through the second convolution.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Convolution2InputGradient()
    {
        for (int i = 0; i < Images; i++)
        {
            Convolution2.InputGradient<T>(
                _filters2.Pointer, _shape.Conv1, _flatGradient.Pointer + i * _shape.Flat, Positions2(i), Active2(i), _shape.Conv2,
                _pool1Gradient.Pointer + i * Cells1 * _shape.Conv1);
        }
    }

    /// <summary>The gradient of filters.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Convolution1Backward()
    {
        float* filters = Gradient("conv1.weight");
        float* bias = Gradient("conv1.bias");
        for (int i = 0; i < Images; i++)
        {
            Convolution1.Backward<T>(
                Pixels(i), _pool1Gradient.Pointer + i * Cells1 * _shape.Conv1, Positions1(i), _shape.Conv1, filters, bias);
        }
    }

    /// <summary>The gradient of the hidden layer's weights.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense1WeightGradient() => Dense.WeightGradient<T>(
        _dense.Flat, _dense.HiddenGradient, _shape.Hidden, _tree, _shape.Flat, _shape.Hidden, _dense,
        Gradient("dense1.weight"), Gradient("dense1.bias"));

    /// <summary>The gradient of the last layer's weights.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Dense2WeightGradient() => Dense.WeightGradient<T>(
        _dense.Hidden, _dense.LogitGradient, _dense.LogitStride, _tree, _shape.Hidden, _shape.Classes, _dense,
        Gradient("dense2.weight"), Gradient("dense2.bias"));

    /// <summary>All of it, by the engine.</summary>
    [Benchmark(OperationsPerInvoke = Images)]
    public void Step() => _engine.Gradient(_network.Weights, _network.Next, _engineGradient);

    /// <summary>The logits of test images, by the engine.</summary>
    [Benchmark(OperationsPerInvoke = Tests)]
    public void Evaluation() => _engine.Logits(_network.Weights, _network.Data.Test, 0, _logits);

    /// <summary>What the processor can do at most: independent chains of multiply-adds in registers.</summary>
    [Benchmark(OperationsPerInvoke = PeakRounds)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Peak()
    {
        var factor = T.All(0.5f);
        var (a0, a1, a2, a3, a4) = (factor, factor, factor, factor, factor);
        var (a5, a6, a7, a8, a9) = (factor, factor, factor, factor, factor);
        for (int i = 0; i < PeakRounds; i++)
        {
            a0 = T.MultiplyAdd(factor, a0, factor);
            a1 = T.MultiplyAdd(factor, a1, factor);
            a2 = T.MultiplyAdd(factor, a2, factor);
            a3 = T.MultiplyAdd(factor, a3, factor);
            a4 = T.MultiplyAdd(factor, a4, factor);
            a5 = T.MultiplyAdd(factor, a5, factor);
            a6 = T.MultiplyAdd(factor, a6, factor);
            a7 = T.MultiplyAdd(factor, a7, factor);
            a8 = T.MultiplyAdd(factor, a8, factor);
            a9 = T.MultiplyAdd(factor, a9, factor);
        }

        (a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9).Store(_scratch.Pointer);
    }

    private void Forward(float* input, string weights, string bias, float* output, int stride, int inputs, int outputs)
    {
        float* w = Weights(weights);
        float* b = Weights(bias);
        for (int i = 0; i < Images; i += Dense.Group)
        {
            Dense.Forward<T>(
                input + i * inputs, w, b, output + i * stride, stride, Dense.Group, inputs, outputs, _dense.Dots);
        }
    }

    private void Copy(float* from, float* to) =>
        new ReadOnlySpan<float>(from, Images * _shape.Hidden).CopyTo(new Span<float>(to, Images * _shape.Hidden));

    // So many of a first layer's windows are not blank.
    private int Windows(int image) => Enumerable.Range(0, Cells1).Count(cell =>
    {
        float* window = Pixels(image) + 2 * (cell / Convolution2.Side * ImageSet.Side + cell % Convolution2.Side);
        return Enumerable.Range(0, 16).Any(pixel => window[pixel / 4 * ImageSet.Side + pixel % 4] != 0);
    });

    private static double NotZero(float* values, int length) =>
        Enumerable.Range(0, length).Count(i => values[i] != 0) / (double)Images;

    private float* Weights(string parameter) => _weights.Pointer + Offset(parameter);

    private float* Gradient(string parameter) => _gradient.Pointer + Offset(parameter);

    private int Offset(string parameter) => _shape.Parameters().Single(p => p.Name == parameter).Offset;

    private float* Pixels(int image) => _pixels.Pointer + image * ImageSet.Pixels;

    private float* Pool1(int image) => _pool1.Pointer + image * Cells1 * _shape.Conv1;

    private int* Positions1(int image) => (int*)_positions1.Pointer + image * Cells1 * _shape.Conv1;

    private int* Positions2(int image) => (int*)_positions2.Pointer + image * _shape.Flat;

    private int* Active2(int image) => (int*)_active2.Pointer + image * _shape.Conv2;
}
