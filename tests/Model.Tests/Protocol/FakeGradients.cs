using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Protocol;

/// <summary>Gradients that are a function of step and slot alone, summed along the tree as any engine has to.</summary>
public sealed class FakeGradients(RunSpec spec)
{
    private readonly SlotPlan _plan = new(spec);

    public static RunSpec Spec(int slots = 8, int batch = 16, int images = 75, int epochs = 2, int validation = 5) => new()
    {
        Slots = slots,
        Batch = batch,
        Epochs = epochs,
        TrainingImages = images,
        Validation = validation,
        DataDigest = new string('a', 64),
        Network = new CnnShape(16, 16, 16),
    };

    private readonly ConcurrentDictionary<(int, Block), BlockGradient> _pushes = [];

    public BlockGradient Push(int step, Block block) => _pushes.GetOrAdd((step, block), _ => MakePush(step, block));

    private BlockGradient MakePush(int step, Block block)
    {
        var (gradient, sum) = Sum(step, block);
        byte[] bytes = MemoryMarshal.AsBytes((gradient ?? new float[spec.Network.ParameterCount()]).AsSpan()).ToArray();
        return new BlockGradient(block, bytes, sum, BlockGradient.DigestOf(bytes, sum));
    }

    public (float[]? Gradient, BlockSum Sum) Sum(int step, Block block)
    {
        if (block.Count == 1)
            return Slot(step, block.First);
        var left = Sum(step, new Block(block.First, block.Count / 2));
        var right = Sum(step, new Block(block.First + block.Count / 2, block.Count / 2));
        float[]? gradient = left.Gradient is null || right.Gradient is null
            ? left.Gradient ?? right.Gradient
            : left.Gradient.Zip(right.Gradient, (a, b) => a + b).ToArray();
        return (gradient, BlockSum.Add(left.Sum, right.Sum));
    }

    /// <summary>The state that a run without any disturbance ends with, or has after so many steps.</summary>
    public TrainingState Undisturbed(int? steps = null)
    {
        var state = Initial();
        var update = new StepUpdate(spec, _plan);
        for (int step = 0; step < (steps ?? _plan.TotalSteps); step++)
        {
            var (gradient, sum) = Sum(step, new Block(0, spec.Slots));
            update.Apply(state, gradient, sum);
        }

        return state;
    }

    public TrainingState Initial() =>
        TrainingState.Initial(spec, Enumerable.Range(0, spec.Network.ParameterCount()).Select(i => i % 7 * 0.01f).ToArray());

    private (float[]?, BlockSum) Slot(int step, int slot)
    {
        int samples = _plan.BlockSamples(step, slot, 1);
        if (samples == 0)
            return (null, default);
        // Values of many magnitudes, so that another order of addition shows in the bits.
        var random = new Random(step * 1000 + slot);
        float[] gradient = new float[spec.Network.ParameterCount()];
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (random.NextSingle() - 0.5f) * (1 << random.Next(12));
        return (gradient, new BlockSum(random.NextDouble() * samples, random.Next(samples + 1), samples));
    }
}
