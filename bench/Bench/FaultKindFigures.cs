namespace MnistDistributed.Bench;

/// <summary>What became of the faults of one kind. A time is null where no fault of the kind was followed by a step.</summary>
public sealed record FaultKindFigures
{
    /// <summary>The kind, as a plan has it.</summary>
    public required string Kind { get; init; }

    /// <summary>Faults in the plans.</summary>
    public required int Planned { get; init; }

    /// <summary>Those that struck: their event came, and there was somebody to strike.</summary>
    public required int Struck { get; init; }

    /// <summary>Virtual seconds until the next step was done: the median.</summary>
    public required double? NextStepMedian { get; init; }

    /// <summary>Virtual seconds until the next step was done: the longest.</summary>
    public required double? NextStepWorst { get; init; }

    /// <summary>Virtual seconds until the run was further than when the fault struck: the median.</summary>
    public required double? RecoveredMedian { get; init; }

    /// <summary>Virtual seconds until the run was further than when the fault struck: the longest.</summary>
    public required double? RecoveredWorst { get; init; }
}
