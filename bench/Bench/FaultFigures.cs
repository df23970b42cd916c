using System.Text.Json;

namespace MnistDistributed.Bench;

/// <summary>What many plans came to.</summary>
public sealed record FaultFigures
{
    /// <summary>How it is written.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Plans that were run.</summary>
    public required int Plans { get; init; }

    /// <summary>Seed of the first plan.</summary>
    public required ulong Seed { get; init; }

    /// <summary>SHA-256 of the weights of the undisturbed run.</summary>
    public required string Weights { get; init; }

    /// <summary>Runs whose weights, curves or test result are not those of the undisturbed run, or that did not end.</summary>
    public required int Differing { get; init; }

    /// <summary>Samples that final weights lack, over all runs.</summary>
    public required int SamplesLost { get; init; }

    /// <summary>Samples that are in final weights more than once, over all runs.</summary>
    public required int SamplesDoubled { get; init; }

    /// <summary>Terms that were opened, over all runs.</summary>
    public required int Terms { get; init; }

    /// <summary>Virtual time that all runs took, in hours.</summary>
    public required double VirtualHours { get; init; }

    /// <summary>Time that it took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Each kind of fault.</summary>
    public required IReadOnlyList<FaultKindFigures> Kinds { get; init; }

    /// <summary>The plans that the run did not bear, each with what was wrong.</summary>
    public required IReadOnlyList<string> Failures { get; init; }
}
