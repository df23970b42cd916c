using System.Text.Json.Serialization;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Network;

namespace MnistDistributed.Model.Training;

/// <summary>All that shapes the result of a run. Two runs with one spec end with the same weights, bit for bit.</summary>
public sealed record RunSpec
{
    /// <summary>Seed of every random number.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Samples of one step, over all slots; a multiple of <see cref="Slots"/>.</summary>
    public int Batch { get; init; } = 128;

    /// <summary>Number of slots, a power of two: the most workers that can share a step.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>How many of the last training images are held out for the validation curves.</summary>
    public int Validation { get; init; } = 5000;

    /// <summary>Training images in the data set, the held-out ones among them.</summary>
    public int TrainingImages { get; init; }

    /// <summary>Digest of the data set.</summary>
    public string DataDigest { get; init; } = "";

    /// <summary>The network.</summary>
    public CnnShape Network { get; init; } = new();

    /// <summary>The recipe.</summary>
    public Recipe Recipe { get; init; } = new();

    /// <summary>The gradient engine's name.</summary>
    public string Engine { get; init; } = "simd";

    /// <summary>Version of the arithmetic; weights of different versions differ in bits.</summary>
    public int NumericsVersion { get; init; } = GradientEngines.NumericsVersion;

    /// <summary>SHA-256 of the weights that the run begins at, lower-case hex; null for those that its seed gives.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? InitialWeights { get; init; }
}
