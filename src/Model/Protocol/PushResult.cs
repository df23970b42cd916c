namespace MnistDistributed.Model.Protocol;

/// <summary>What a push brought about.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="PhaseChanged">Whether the phase is another one than before the call.</param>
/// <param name="Counters">What it adds to the counters of the term.</param>
public readonly record struct PushResult(PushOutcome Outcome, bool PhaseChanged, TermCounters Counters)
{
    /// <summary>Whether a step is done by it.</summary>
    public bool StepDone => Counters.Steps > 0;
}
