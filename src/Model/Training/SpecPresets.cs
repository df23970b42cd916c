namespace MnistDistributed.Model.Training;

/// <summary>
/// Specs by the name of their recipe. All were chosen on 5,000 or 10,000 training images that were held out, before the test images were
/// looked at.
/// </summary>
public static class SpecPresets
{
    /// <summary>The name of the default spec.</summary>
    public const string Default = "default";

    private static readonly OrderedDictionary<string, RunSpec> Presets = new(StringComparer.Ordinal)
    {
        [Default] = new RunSpec(),
        ["fast"] = new RunSpec
        {
            Epochs = 1,
            Batch = 64,
            Validation = 0,
            Recipe = new Recipe { LearningRate = 0.008, Beta2 = 0.98, Dropout = 0 },
        },
        ["accurate"] = new RunSpec
        {
            Epochs = 60,
            Validation = 0,
            Recipe = new Recipe { WeightDecay = 2e-5, Dropout = 0.25, Rotation = 10, Scaling = 0.1, Elastic = 0.6 },
        },
    };

    /// <summary>The names that <see cref="Of"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Presets.Keys];

    /// <summary>The spec of a name; its data set is still missing.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static RunSpec Of(string name) => Presets[name];
}
