using MnistDistributed.Model.Data;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Engine;

/// <summary>The gradient engines by name.</summary>
public static class GradientEngines
{
    /// <summary>Version of the arithmetic. It changes whenever the same spec would end with other bits, and workers of two versions never share a run.</summary>
    public const int NumericsVersion = 1;

    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["simd"];

    /// <summary>Makes the engine that a run names.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="train">The images that its samples index.</param>
    /// <exception cref="ArgumentException">There is no engine of that name, or it cannot do what the run asks.</exception>
    public static IGradientEngine Create(RunSpec spec, ImageSet train) => spec.Engine switch
    {
        "simd" => new SimdEngine(spec, train),
        _ => throw new ArgumentException($"There is no gradient engine '{spec.Engine}'; there is {string.Join(", ", Names)}."),
    };
}
