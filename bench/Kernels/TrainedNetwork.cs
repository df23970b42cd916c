using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Kernels;

/// <summary>
/// The default network after some steps: what the kernels skip depends on how often ReLU and the pools are silent, so the weights have to
/// have learned something.
/// </summary>
public sealed class TrainedNetwork
{
    private const int Steps = 300;

    private readonly SlotPlan _plan;

    /// <summary>Trains it.</summary>
    /// <param name="data">MNIST.</param>
    public TrainedNetwork(DataSet data)
    {
        Data = data;
        Spec = new RunSpec { TrainingImages = data.Train.Count, DataDigest = data.Digest };
        _plan = new SlotPlan(Spec);
        var state = TrainingState.Initial(Spec);
        var update = new StepUpdate(Spec, _plan);
        var engine = GradientEngines.Create(Spec, data.Train);
        float[] gradient = new float[state.Weights.Length];
        for (int step = 0; step < Steps; step++)
            update.Apply(state, gradient, engine.Gradient(state.Weights, Step(step), gradient));
        Weights = state.Weights;
    }

    /// <summary>The one whose kernels are measured: BenchmarkDotNet makes the measured objects itself, and hands them nothing.</summary>
    public static TrainedNetwork Shared { get; set; } = null!;

    /// <summary>The images.</summary>
    public DataSet Data { get; }

    /// <summary>The run.</summary>
    public RunSpec Spec { get; }

    /// <summary>The weights.</summary>
    public float[] Weights { get; }

    /// <summary>The batch that follows.</summary>
    public BlockBatch Next => Step(Steps);

    private BlockBatch Step(int step) => _plan.Epoch(0).Block(0, Spec.Slots, step);
}
