namespace MnistDistributed.Model.Protocol.Verdicts;

/// <summary>What is to be made of a push.</summary>
/// <param name="Outcome">What became of it.</param>
internal readonly record struct Verdict(PushOutcome Outcome)
{
    /// <summary>What it adds to the counters of the term.</summary>
    public TermCounters Counters { get; init; }

    /// <summary>What people should know of it; null if nothing.</summary>
    public string? Incident { get; init; }

    /// <summary>Why the run cannot go on; null if it can.</summary>
    public string? Failure { get; init; }
}
