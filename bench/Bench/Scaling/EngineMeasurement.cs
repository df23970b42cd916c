using System.Diagnostics;
using System.Runtime.InteropServices;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Bench.Scaling;

/// <summary>Measures a worker's part of a step: its engine, as the worker's loop calls it.</summary>
/// <param name="spec">The run.</param>
/// <param name="train">Its images.</param>
public sealed class EngineMeasurement(RunSpec spec, ImageSet train)
{
    // What the engine skips depends on how often ReLU and the pools are silent, so the weights have to have learned something.
    private const int StepsBefore = 100;
    private const int Repeats = 40;

    private readonly SlotPlan _plan = new(spec);

    /// <summary>Measures it on one core, and on all at once.</summary>
    public EngineCost Measure()
    {
        float[] weights = Learn();
        var (slot, block) = Split(weights);
        return new EngineCost(slot, SlotBeside(weights), block);
    }

    private float[] Learn()
    {
        var state = TrainingState.Initial(spec);
        var update = new StepUpdate(spec, _plan);
        var engine = GradientEngines.Create(spec, train);
        float[] gradient = new float[state.Weights.Length];
        for (int step = 0; step < StepsBefore; step++)
        {
            var sum = engine.Gradient(state.Weights, _plan.Epoch(0).Block(0, spec.Slots, step), gradient);
            update.Apply(state, gradient, sum);
        }

        return state.Weights;
    }

    private double SlotBeside(float[] weights)
    {
        double[] slots = new double[Environment.ProcessorCount];
        var threads = Enumerable.Range(0, slots.Length).Select(i => new Thread(() => slots[i] = Split(weights).Slot)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return slots.Average();
    }

    /// <summary>From the times of a whole step and of a single slot, what a slot takes and what a block takes besides.</summary>
    private (double Slot, double Block) Split(float[] weights)
    {
        var engine = GradientEngines.Create(spec, train);
        var (whole, single) = (new List<double>(), new List<double>());
        for (int i = 0; i < Repeats; i++)
        {
            whole.Add(Time(engine, weights, spec.Slots, i));
            single.Add(Time(engine, weights, 1, i));
        }

        double slot = (Median.Of(whole) - Median.Of(single)) / (spec.Slots - 1);
        return (slot, Math.Max(0, Median.Of(single) - slot));
    }

    private double Time(IGradientEngine engine, float[] weights, int slots, int step)
    {
        long began = Stopwatch.GetTimestamp();
        byte[] gradient = GC.AllocateUninitializedArray<byte>(spec.Network.ParameterCount() * sizeof(float));
        var floats = MemoryMarshal.Cast<byte, float>(gradient.AsSpan());
        var sum = engine.Gradient(weights, _plan.Epoch(0).Block(0, slots, step), floats);
        BlockGradient.DigestOf(gradient, sum);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
