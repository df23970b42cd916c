using System.Runtime.Intrinsics.X86;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine.Simd;
using MnistDistributed.Model.Engine.Torch;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>The gradient engines by name.</summary>
public static class GradientEngines
{
    /// <summary>
    /// Version of the arithmetic. It changes whenever the same spec would
    /// end with other bits, and workers of two versions never share a run.
    /// </summary>
    public const int NumericsVersion = 2;

    private static readonly OrderedDictionary<string, Func<RunSpec, ImageSet, IGradientEngine>> Makers = new(StringComparer.Ordinal)
    {
        // Where .NET prefers vectors of 256 bits to keep the clock high, kernels that do nothing else are still faster with those of 512.
        ["simd"] = (spec, train) => Avx512F.IsSupported
            ? new SimdEngine<Lanes16>(spec, train)
            : new SimdEngine<Lanes8>(spec, train),
        ["torch"] = (spec, train) => new TorchEngine(spec, train),
    };

    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Makers.Keys];

    /// <summary>Why there is no engine of a name, and what would do, as one sentence; null if there is one.</summary>
    public static string? Problem(string name) =>
        Makers.ContainsKey(name) ? null : $"There is no engine '{name}'; {string.Join(" or ", Names)} would do.";

    /// <summary>Makes the engine that a run names.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">There is no engine of that name, or it cannot do what the run asks.</exception>
    /// <exception cref="DllNotFoundException">The engine stands on a native library
    /// that is missing; the message says in one line what would help.</exception>
    public static IGradientEngine Create(RunSpec spec, ImageSet train) =>
        Problem(spec.Engine) is { } problem ? throw new ArgumentException(problem) : Makers[spec.Engine](spec, train);
}
