using System.Runtime.InteropServices;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MnistDistributed.Model.Engine.Torch;

/// <summary>
/// The network in libtorch, through TorchSharp and its autograd: what our own kernels are held against. Images, augmentation and dropout
/// masks are the same as there; sums are libtorch's, so that equal bits are promised only on equal hardware and libraries.
/// It computes on the calling thread alone, for the workers are the parallelism here.
/// </summary>
public sealed unsafe class TorchEngine : SlotEngine
{
    private readonly IReadOnlyList<Parameter> _layout;
    private readonly Tensor[] _parameters;
    private readonly Dictionary<string, Tensor> _named;
    private readonly uint[] _words;

    // Inputs of a slot, with room for the largest one yet. Like the parameters they live, and are freed, with the engine.
    private Tensor _pixels, _labels, _factors;

    /// <summary>Makes an engine for a run.</summary>
    /// <param name="spec">The run: network, recipe, seed.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">The network or the recipe is not
    /// one that can be computed; the message says what would do.</exception>
    /// <exception cref="DllNotFoundException">This build has no libtorch,
    /// or it does not load; the message says what would help.</exception>
    public TorchEngine(RunSpec spec, ImageSet train)
        : base(spec, train, spec.Network.ParameterCount())
    {
        Libtorch.Load();
        // TorchSharp passes bare handles on: what no scope and no field holds may be freed in the middle of a call.
        using var scope = NewDisposeScope();
        _layout = spec.Network.Parameters();
        _parameters = [.. _layout.Select(parameter => Lasting(zeros([.. parameter.Shape.Select(size => (long)size)]).requires_grad_()))];
        _named = _layout.Zip(_parameters).ToDictionary(pair => pair.First.Name, pair => pair.Second);
        _words = new uint[spec.Network.Hidden];
        (_pixels, _labels, _factors) = Inputs(1);
    }

    /// <inheritdoc/>
    protected override void Begin(ReadOnlySpan<float> weights, int samples)
    {
        // The number holds for the calling thread, and an engine may pass from one to another.
        set_num_threads(1);
        for (int i = 0; i < _parameters.Length; i++)
            _layout[i].In(weights).CopyTo(Floats(_parameters[i]));
    }

    /// <inheritdoc/>
    protected override BlockSum Slot(ReadOnlySpan<float> weights, int epoch, ReadOnlySpan<int> samples, Span<float> gradient)
    {
        using var scope = NewDisposeScope();
        Read(epoch, samples);
        var hidden = Hidden(_pixels.narrow(0, 0, samples.Length)).mul(_factors.narrow(0, 0, samples.Length));
        var logits = Dense(hidden, "dense2");
        var loss = functional.cross_entropy(
            logits.to(ScalarType.Float64), _labels.narrow(0, 0, samples.Length), reduction: Reduction.Sum,
            label_smoothing: Spec.Recipe.LabelSmoothing);
        var gradients = autograd.grad([loss], _parameters);
        for (int i = 0; i < _parameters.Length; i++)
            Floats(gradients[i].contiguous()).CopyTo(_layout[i].In(gradient));
        return new BlockSum(loss.item<double>(), Hits(Floats(logits), samples), samples.Length);
    }

    /// <inheritdoc/>
    protected override void Evaluate(ReadOnlySpan<float> weights, ImageSet images, int first, Span<float> logits)
    {
        Begin(weights, 1);
        using var constant = no_grad();
        // One by one: a matrix product of libtorch may round otherwise in larger company.
        for (int i = 0; i < logits.Length / Classes; i++)
        {
            using var scope = NewDisposeScope();
            Read(images.Image(first + i), (0, 0), 0);
            Floats(Dense(Hidden(_pixels.narrow(0, 0, 1)), "dense2")).CopyTo(logits[(i * Classes)..]);
        }
    }

    // ReLU after the pool is the same function as before it, of a quarter of the values.
    private Tensor Hidden(Tensor pixels)
    {
        var pool1 = functional.relu(functional.max_pool2d(Convolution(pixels, "conv1"), 2));
        var pool2 = functional.relu(functional.max_pool2d(Convolution(pool1, "conv2"), 2));
        return functional.relu(Dense(pool2.flatten(1), "dense1"));
    }

    private Tensor Convolution(Tensor input, string layer) =>
        functional.conv2d(input, ChannelsLast(_named[$"{layer}.weight"].permute(0, 2, 3, 1).contiguous()), _named[$"{layer}.bias"]);

    private Tensor Dense(Tensor input, string layer) => functional.linear(input, _named[$"{layer}.weight"], _named[$"{layer}.bias"]);

    private void Read(int epoch, ReadOnlySpan<int> samples)
    {
        MakeRoom(samples.Length);
        var labels = MemoryMarshal.Cast<byte, long>(_labels.bytes);
        for (int i = 0; i < samples.Length; i++)
        {
            int sample = samples[i];
            labels[i] = Train.Labels[sample];
            fixed (float* pixels = Floats(_pixels)[(i * ImageSet.Pixels)..])
                Augmentation.Read(Train.Image(sample), epoch, sample, pixels);
            if (Spec.Recipe.Dropout > 0)
                ReluDropout.Draw(Spec.Seed, epoch, sample, _words);
            fixed (float* factors = Floats(_factors)[(i * _words.Length)..])
            fixed (uint* words = _words)
                ReluDropout.Factors(factors, Spec.Recipe.Dropout, words, _words.Length);
        }
    }

    private void Read(ReadOnlySpan<byte> image, (int Down, int Right) shift, int row)
    {
        fixed (float* pixels = Floats(_pixels)[(row * ImageSet.Pixels)..])
            ImageInput.Read(image, shift, pixels);
    }

    private void MakeRoom(int samples)
    {
        if (samples <= _labels.shape[0])
            return;
        foreach (var old in (Tensor[])[_pixels, _labels, _factors])
            old.Dispose();
        (_pixels, _labels, _factors) = Inputs(samples);
    }

    private (Tensor Pixels, Tensor Labels, Tensor Factors) Inputs(int samples) => (
        Lasting(ChannelsLast(zeros(samples, ImageSet.Side, ImageSet.Side, 1))),
        Lasting(zeros(samples, ScalarType.Int64)),
        Lasting(zeros(samples, _words.Length)));

    private int Hits(ReadOnlySpan<float> logits, ReadOnlySpan<int> samples)
    {
        int hits = 0;
        for (int i = 0; i < samples.Length; i++)
            if (SoftmaxCrossEntropy.ArgMax(logits.Slice(i * Classes, Classes)) == Train.Labels[samples[i]])
                hits++;
        return hits;
    }

    // The order that PyTorch's functions expect, over memory in which a pixel's channels are neighbours: so they are faster.
    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 3, 1, 2);

    // A slot's scope frees what was made in it.
    private static Tensor Lasting(Tensor tensor) => tensor.DetachFromDisposeScope();

    // The tensor's own memory.
    private static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
