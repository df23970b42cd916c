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
    private const int Rounds = 5;
    private const int Steps = 20;

    private readonly SlotPlan _plan = new(spec);

    /// <summary>Measures it on one core, and on all at once: in turns, since a machine is not always as fast.</summary>
    public EngineCost Measure()
    {
        float[] weights = Learn();
        int all = Environment.ProcessorCount;
        var turns = Enumerable.Range(0, 1 + Rounds).Select(_ => (Alone: Slot(weights, 1), Beside: Slot(weights, all))).Skip(1).ToList();
        return new EngineCost(Median.Of(turns.Select(turn => turn.Alone)), Median.Of(turns.Select(turn => turn.Beside)));
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

    private double Slot(float[] weights, int cores)
    {
        var engines = Enumerable.Range(0, cores).Select(_ => GradientEngines.Create(spec, train)).ToList();
        double seconds = ProcessorTime.Of(() =>
        {
            var threads = engines.ConvertAll(engine => new Thread(() =>
            {
                for (int i = 0; i < Steps; i++)
                    Compute(engine, weights, i);
            }));
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        });
        return seconds / cores / Steps / spec.Slots;
    }

    private void Compute(IGradientEngine engine, float[] weights, int step)
    {
        byte[] gradient = GC.AllocateUninitializedArray<byte>(weights.Length * sizeof(float));
        var floats = MemoryMarshal.Cast<byte, float>(gradient.AsSpan());
        var sum = engine.Gradient(weights, _plan.Epoch(0).Block(0, spec.Slots, step), floats);
        BlockGradient.DigestOf(gradient, sum);
    }
}
