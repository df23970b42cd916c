using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>How a run stands, for people.</summary>
public sealed record RunView
{
    /// <summary>The phase.</summary>
    public required RunPhase Phase { get; init; }

    /// <summary>The epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs of the run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps done of the epoch.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of an epoch.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean training loss of the epoch so far; null before its first step.</summary>
    public required double? Loss { get; init; }

    /// <summary>Training accuracy of the epoch so far; null before its first step.</summary>
    public required double? Accuracy { get; init; }

    /// <summary>Speed of late; 0 while unknown.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Time until training ends at this speed; null while unknown.</summary>
    public required TimeSpan? TimeLeft { get; init; }

    /// <summary>Workers that take part.</summary>
    public required int Workers { get; init; }

    /// <summary>What the run waits for; null while it goes on.</summary>
    public required string? Waiting { get; init; }

    /// <summary>Images evaluated.</summary>
    public required int Evaluated { get; init; }

    /// <summary>Images to evaluate.</summary>
    public required int ToEvaluate { get; init; }
}
