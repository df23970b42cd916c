using MnistDistributed.Model.Training;

namespace MnistDistributed.Model.Storage;

/// <summary>A run between two steps, as it is kept on disk.</summary>
/// <param name="Spec">The run's spec.</param>
/// <param name="State">Weights, optimizer, position.</param>
/// <param name="History">The epochs that are done and recorded, in order.</param>
/// <param name="Term">The term that it was taken in.</param>
/// <param name="ElapsedSeconds">Seconds of training, without evaluation, over all the run's terms.</param>
public sealed record Checkpoint(RunSpec Spec, TrainingState State, IReadOnlyList<EpochRecord> History, int Term, double ElapsedSeconds)
{
    /// <summary>Why this cannot be a checkpoint of a run of its spec, as one sentence; null if it can.</summary>
    public string? Problem() => State.Problem(Spec) ?? HistoryProblem();

    private string? HistoryProblem()
    {
        var plan = new SlotPlan(Spec);
        int done = plan.EpochOf(State.Step);
        // Just after an epoch's last step its record is still being made.
        int least = State.Step > 0 && plan.StepInEpoch(State.Step) == 0 ? done - 1 : done;
        return History.Count >= least && History.Count <= done && History.Index().All(epoch => epoch.Item?.Epoch == epoch.Index) ? null
            : $"its history is not one of epochs 0, 1, ... of the {done} that are done.";
    }
}
