using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;
using MnistDistributed.Model.Numerics;
using MnistDistributed.Model.Training;

// First line: what the processor is allowed to do. Second line: what comes of it, which must not depend on the first.
Console.WriteLine(
    $"128={Vector128.IsHardwareAccelerated} 256={Vector256.IsHardwareAccelerated} 512={Vector512.IsHardwareAccelerated} "
    + $"avx={Avx.IsSupported} avx2={Avx2.IsSupported} fma={Fma.IsSupported} avx512={Avx512F.IsSupported}");

var recipe = new Recipe { Dropout = 0.5, LabelSmoothing = 0.1, Shift = 2, Rotation = 20, Scaling = 0.2, Elastic = 1.5 };
var narrow = Fingerprint.Of(new RunSpec { Network = new CnnShape(16, 16, 16), Recipe = recipe });
var whole = Fingerprint.Of(new RunSpec { Recipe = new Recipe { Shift = 0 } });

ulong functions = 0;
for (int i = -1000; i <= 1000; i++)
{
    double x = i * 0.37;
    foreach (double value in (double[])[DeterministicMath.Exp(x), DeterministicMath.Log(Math.Abs(x)), DeterministicMath.Cos(x)])
        functions = functions * 0x9E3779B97F4A7C15 + BitConverter.DoubleToUInt64Bits(value);
}

Console.WriteLine($"{narrow} {whole} {functions:x16} {Trained(OptimizerKind.Adam)} {Trained(OptimizerKind.Sgd)}");

// Weights after ten steps over made-up gradients, in which every part of a step has a say.
static string Trained(OptimizerKind optimizer)
{
    var spec = new RunSpec
    {
        TrainingImages = 1000,
        Validation = 0,
        DataDigest = new string('0', 64),
        Network = new CnnShape(16, 16, 16),
        Recipe = new Recipe { Optimizer = optimizer, WeightDecay = 1e-3, ClipNorm = 0.5 },
    };
    var plan = new SlotPlan(spec);
    var state = TrainingState.Initial(spec);
    var update = new StepUpdate(spec, plan);
    float[] gradient = new float[state.Weights.Length];
    while (state.Step < 10)
    {
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (i * 37 + state.Step * 11) % 101 * 0.001f - 0.05f;
        update.Apply(state, gradient, new BlockSum(1, 1, plan.StepSamples(state.Step)));
    }

    return WeightsDigest.Of(state.Weights);
}
