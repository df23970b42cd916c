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

var recipe = new Recipe { Dropout = 0.5, LabelSmoothing = 0.1, Shift = 2 };
var narrow = Fingerprint.Of(new RunSpec { Network = new CnnShape(16, 16, 16), Recipe = recipe });
var whole = Fingerprint.Of(new RunSpec());

ulong functions = 0;
for (int i = -1000; i <= 1000; i++)
{
    double x = i * 0.37;
    foreach (double value in (double[])[DeterministicMath.Exp(x), DeterministicMath.Log(Math.Abs(x)), DeterministicMath.Cos(x)])
        functions = functions * 0x9E3779B97F4A7C15 + BitConverter.DoubleToUInt64Bits(value);
}

Console.WriteLine($"{narrow} {whole} {functions:x16}");
