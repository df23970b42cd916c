using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Protocol;

/// <summary>Whether the parts of a term belong together.</summary>
internal static class TermCheck
{
    /// <summary>Why the term cannot be opened; null if it can.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="step">Where to begin.</param>
    /// <param name="epochsEvaluated">Epochs whose validation the coordinator holds already.</param>
    /// <param name="testImages">Number of test images.</param>
    /// <param name="minWorkers">Fewer workers get no orders.</param>
    public static string? Problem(SlotPlan plan, int step, int epochsEvaluated, int testImages, int minWorkers)
    {
        int epochs = plan.EpochOf(step);
        if (epochsEvaluated > epochs || epochsEvaluated < epochs - (plan.StepInEpoch(step) == 0 ? 1 : 0) || testImages < 1)
            return $"A run of {epochs} epochs so far, {epochsEvaluated} of them evaluated, with {testImages} test images cannot be opened.";
        if (minWorkers < 1 || minWorkers > plan.Slots)
            return $"A run of {plan.Slots} slots cannot wait for {minWorkers} workers: the least is 1, the most is one for each slot.";
        return null;
    }
}
