using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Engine.Simd;

/// <summary>What the dense layers keep of a block's samples until its last slot is through, and the memory in which they work.</summary>
public sealed unsafe class DenseMemory
{
    private readonly AlignedFloats _flat, _hidden, _hiddenFactors, _hiddenGradient, _logits, _logitGradient;
    private readonly AlignedFloats _offsets, _factors, _ends, _sums, _bias, _dots;

    /// <summary>Makes room.</summary>
    /// <param name="shape">The network.</param>
    /// <param name="samples">For so many samples.</param>
    public DenseMemory(CnnShape shape, int samples)
    {
        Samples = samples;
        LogitStride = (shape.Classes + 15) & ~15;
        _flat = new(checked(samples * shape.Flat));
        _hidden = new(samples * shape.Hidden);
        _hiddenFactors = new(samples * shape.Hidden);
        _hiddenGradient = new(samples * shape.Hidden);
        _logits = new(samples * LogitStride);
        _logitGradient = new(samples * LogitStride);

        int rows = Math.Max(samples, Math.Max(shape.Hidden, shape.Classes)) + 1;
        _offsets = new(rows);
        _factors = new(rows);
        _ends = new(samples);
        _sums = new(WeightedRows.Scratch);
        _bias = new(Math.Max(shape.Hidden, LogitStride));
        _dots = new(Dense.Group * Math.Max(shape.Hidden, LogitStride) * 16);
    }

    /// <summary>For how many samples there is room.</summary>
    public int Samples { get; }

    /// <summary>From one sample's logits to the next's: a multiple of 16.</summary>
    public int LogitStride { get; }

    /// <summary><c>[samples, flat]</c>, the first dense layer's input.</summary>
    public float* Flat => _flat.Pointer;

    /// <summary><c>[samples, hidden]</c>.</summary>
    public float* Hidden => _hidden.Pointer;

    /// <summary><c>[samples, hidden]</c>: what ReLU and dropout multiplied with.</summary>
    public float* HiddenFactors => _hiddenFactors.Pointer;

    /// <summary><c>[samples, hidden]</c>.</summary>
    public float* HiddenGradient => _hiddenGradient.Pointer;

    /// <summary><c>[samples, stride]</c>.</summary>
    public float* Logits => _logits.Pointer;

    /// <summary><c>[samples, stride]</c>; zero beyond the classes.</summary>
    public float* LogitGradient => _logitGradient.Pointer;

    /// <summary>Scratch: where rows of a list begin.</summary>
    public int* Offsets => (int*)_offsets.Pointer;

    /// <summary>Scratch: the factors of these rows.</summary>
    public float* Factors => _factors.Pointer;

    /// <summary>Scratch: where each slot's part of the list ends.</summary>
    public int* Ends => (int*)_ends.Pointer;

    /// <summary>Scratch: partial sums, <see cref="WeightedRows.Scratch"/> floats.</summary>
    public float* Sums => _sums.Pointer;

    /// <summary>Scratch: dot products of a group, in 16 lanes each.</summary>
    public float* Dots => _dots.Pointer;

    /// <summary>Scratch: a bias's gradient with its padding.</summary>
    public float* Bias => _bias.Pointer;
}
