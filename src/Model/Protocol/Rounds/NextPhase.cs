namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>What follows what in a term.</summary>
public static class NextPhase
{
    /// <summary>The phase after one that is over.</summary>
    /// <param name="over">What is over. A term begins as if after a pause.</param>
    /// <param name="isPaused">Whether nothing new may begin.</param>
    /// <param name="owesValidation">Whether the last epoch that is done has not been evaluated.</param>
    /// <param name="hasSteps">Whether there are steps left.</param>
    public static RunPhase After(RunPhase over, bool isPaused, bool owesValidation, bool hasSteps) => over switch
    {
        RunPhase.Validating => RunPhase.EpochDone,
        RunPhase.Testing or RunPhase.Done => RunPhase.Done,
        RunPhase.Failed => RunPhase.Failed,
        _ when isPaused => RunPhase.Paused,
        _ when owesValidation => RunPhase.Validating,
        _ when hasSteps => RunPhase.Training,
        _ => RunPhase.Testing,
    };
}
