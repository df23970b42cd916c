using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Training;

/// <summary>All that a run needs, between two steps, to go on to the same bits.</summary>
public sealed class TrainingState
{
    // "MTS2", step, weights, the epoch's hits, samples and loss, powers of beta; then the arrays, and XXH3 over all of it.
    private const int Magic = 0x3253544D;
    private const int HeaderBytes = 5 * sizeof(int) + 3 * sizeof(double);
    private const int DigestBytes = sizeof(ulong);

    /// <summary>Takes ownership of the weights and the optimizer.</summary>
    /// <param name="step">See <see cref="Step"/>.</param>
    /// <param name="weights">See <see cref="Weights"/>.</param>
    /// <param name="optimizer">See <see cref="Optimizer"/>.</param>
    /// <param name="epochSum">See <see cref="EpochSum"/>.</param>
    /// <exception cref="ArgumentException">The optimizer is not of as many weights.</exception>
    public TrainingState(int step, float[] weights, Optimizer optimizer, BlockSum epochSum)
    {
        if (optimizer.First.Length != weights.Length)
            throw new ArgumentException($"An optimizer of {optimizer.First.Length} for {weights.Length} weights.", nameof(optimizer));
        Step = step;
        Weights = weights;
        Optimizer = optimizer;
        EpochSum = epochSum;
    }

    /// <summary>The next step to do, which is also how many are done.</summary>
    public int Step { get; private set; }

    /// <summary>All weights, laid out as <see cref="CnnShape.Parameters"/>.</summary>
    public float[] Weights { get; }

    /// <summary>The optimizer with its moments.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>
    /// Loss, hits and samples of the steps done in the epoch of the last step done. So between two epochs it is the whole epoch's,
    /// and the first step of the next begins anew.
    /// </summary>
    public BlockSum EpochSum { get; private set; }

    /// <summary>The state before the first step, with the weights that the run's seed gives.</summary>
    public static TrainingState Initial(RunSpec spec) => Initial(spec, InitialWeights.Create(spec));

    /// <summary>The state before the first step.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="weights">The weights to start from; the state takes ownership.</param>
    public static TrainingState Initial(RunSpec spec, float[] weights) =>
        new(0, weights, new Optimizer(spec.Recipe, weights.Length), default);

    /// <summary>A compact copy, for a message.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes =
            new byte[HeaderBytes + sizeof(float) * (Weights.Length + Optimizer.First.Length + Optimizer.Second.Length) + DigestBytes];
        var header = bytes.AsSpan();
        BinaryPrimitives.WriteInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Step);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Weights.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], EpochSum.Hits);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], EpochSum.Samples);
        BinaryPrimitives.WriteDoubleLittleEndian(header[20..], EpochSum.Loss);
        BinaryPrimitives.WriteDoubleLittleEndian(header[28..], Optimizer.Beta1Power);
        BinaryPrimitives.WriteDoubleLittleEndian(header[36..], Optimizer.Beta2Power);

        var floats = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(HeaderBytes..^DigestBytes));
        Weights.CopyTo(floats);
        Optimizer.First.CopyTo(floats[Weights.Length..]);
        Optimizer.Second.CopyTo(floats[(2 * Weights.Length)..]);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(^DigestBytes..), XxHash3.HashToUInt64(bytes.AsSpan(..^DigestBytes)));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="spec">The run that it must be of.</param>
    /// <exception cref="InvalidDataException">It is not a state of that run.</exception>
    public static TrainingState FromBytes(ReadOnlySpan<byte> bytes, RunSpec spec)
    {
        int length = spec.Network.ParameterCount();
        int second = spec.Recipe.Optimizer == OptimizerKind.Adam ? length : 0;
        int expected = HeaderBytes + sizeof(float) * (2 * length + second) + DigestBytes;
        if (bytes.Length != expected)
            throw new InvalidDataException($"A training state of this run has {expected} bytes, not {bytes.Length}.");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes) != Magic)
            throw new InvalidDataException("A training state begins with 'MTS2'.");
        if (!IsAsSent(bytes))
            throw new InvalidDataException("A training state's digest is not that of its bytes: it was damaged on its way.");
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != length)
            throw new InvalidDataException($"A training state of this run has {length} weights, and this one another number.");

        var floats = MemoryMarshal.Cast<byte, float>(bytes[HeaderBytes..^DigestBytes]);
        var optimizer = new Optimizer(
            spec.Recipe,
            floats.Slice(length, length).ToArray(),
            floats[(2 * length)..].ToArray(),
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[28..]),
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[36..]));
        var epochSum = new BlockSum(
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[20..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]));
        var state = new TrainingState(BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]), floats[..length].ToArray(), optimizer, epochSum);
        return state.Problem(spec) is { } problem ? throw new InvalidDataException($"Not a training state of this run: {problem}") : state;
    }

    /// <summary>Whether these are the bytes that <see cref="ToBytes"/> wrote: nothing happened to them on their way.</summary>
    public static bool IsAsSent(ReadOnlySpan<byte> bytes) => bytes.Length > DigestBytes
        && BinaryPrimitives.ReadUInt64LittleEndian(bytes[^DigestBytes..]) == XxHash3.HashToUInt64(bytes[..^DigestBytes]);

    /// <summary>Why this cannot be a state of a run of that spec, as one sentence; null if it can.</summary>
    public string? Problem(RunSpec spec)
    {
        int length = spec.Network.ParameterCount();
        var plan = new SlotPlan(spec);
        if (Weights.Length != length)
            return $"the run has {length} weights, not {Weights.Length}.";
        int second = spec.Recipe.Optimizer == OptimizerKind.Adam ? length : 0;
        if (Optimizer.Second.Length != second)
            return $"its optimizer has {second} second moments, not {Optimizer.Second.Length}.";
        if (Step < 0 || Step > plan.TotalSteps)
            return $"step {Step} is not from 0 to {plan.TotalSteps}.";
        int samples = Step == 0 ? 0 : plan.SamplesBefore(plan.StepInEpoch(Step - 1) + 1);
        if (EpochSum.Samples != samples)
            return $"at step {Step} its epoch has used {samples} samples, not {EpochSum.Samples}.";
        if (EpochSum.Hits < 0 || EpochSum.Hits > samples)
            return $"{EpochSum.Hits} hits are not from 0 to {samples}.";
        if (Optimizer.Beta1Power is not (>= 0 and <= 1) || Optimizer.Beta2Power is not (>= 0 and <= 1))
            return $"the powers of beta, {Optimizer.Beta1Power} and {Optimizer.Beta2Power}, are not from 0 to 1.";
        return null;
    }

    /// <summary>Counts a step as done.</summary>
    internal void Advance(BlockSum epochSum)
    {
        Step++;
        EpochSum = epochSum;
    }
}
