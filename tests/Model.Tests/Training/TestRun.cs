using System.Runtime.CompilerServices;
using System.Text.Json;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Tests.Training;

/// <summary>Small runs, and states of them, for the tests of training and storage.</summary>
public static class TestRun
{
    public static RunSpec Spec(OptimizerKind optimizer = OptimizerKind.Adam) => new()
    {
        Seed = 7,
        Batch = 8,
        Slots = 4,
        Epochs = 3,
        Validation = 5,
        TrainingImages = 26,
        DataDigest = "d1",
        Network = new CnnShape(16, 16, 16),
        Recipe = new Recipe { Optimizer = optimizer, WeightDecay = 0.01, ClipNorm = 1 },
    };

    /// <summary>A state after so many steps with made-up gradients.</summary>
    public static TrainingState State(RunSpec spec, int steps)
    {
        var plan = new SlotPlan(spec);
        var update = new StepUpdate(spec, plan);
        var state = TrainingState.Initial(spec, Floats(spec.Network.ParameterCount(), seed: 1));
        for (int step = 0; step < steps; step++)
            update.Apply(state, Floats(state.Weights.Length, seed: 2 + step), new BlockSum(1 / 3.0 + step, 1, plan.StepSamples(step)));
        return state;
    }

    public static float[] Floats(int length, int seed)
    {
        var random = new Random(seed);
        float[] floats = new float[length];
        for (int i = 0; i < length; i++)
            floats[i] = (float)(random.NextDouble() * 2 - 1);
        return floats;
    }

    /// <summary>Everything of a state, to compare.</summary>
    public static string Print(TrainingState state) => Convert.ToHexString(state.ToBytes());

    public static JsonElement Fixture(string name, [CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "fixtures", name);
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }
}
