using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Model.Storage;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Terminal;

/// <summary>Tells how a run stands: people by its view, other processes by <c>state.json</c>.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="spec">The run.</param>
/// <param name="view">Who is told.</param>
public sealed class RunTeller(RunFolder folder, RunSpec spec, IRunView view)
{
    private readonly SlotPlan _plan = new(spec);
    private int _workers;

    /// <summary>The run was seen.</summary>
    /// <param name="status">How it stands.</param>
    /// <param name="history">The epochs that are done.</param>
    /// <param name="stepsPerSecond">Its speed of late; 0 while unknown.</param>
    /// <param name="waiting">What it waits for; null while it goes on.</param>
    public void Saw(RunStatus status, IReadOnlyList<EpochRecord> history, double stepsPerSecond, string? waiting)
    {
        _workers = status.Workers;
        view.Progress(View(status, history.Count, stepsPerSecond, waiting));
        var activity = status.Phase == RunPhase.Paused ? RunActivity.Paused : waiting is null ? RunActivity.Running : RunActivity.WaitingForWorkers;
        Keep(activity, status.Step, history, note: waiting);
    }

    /// <summary>The run has ended, or cannot go on.</summary>
    /// <param name="activity">How it ended.</param>
    /// <param name="last">The newest state that is kept of it.</param>
    /// <param name="testAccuracy">Test accuracy, from 0 to 1; null where it was not evaluated.</param>
    /// <param name="note">What people should know; null if nothing.</param>
    public void Ended(RunActivity activity, Checkpoint last, double? testAccuracy = null, string? note = null) =>
        Keep(activity, last.State.Step, last.History, testAccuracy, note);

    private RunView View(RunStatus status, int epochsDone, double stepsPerSecond, string? waiting)
    {
        bool isInEpoch = status.Phase is RunPhase.Training or RunPhase.Paused;
        int epoch = Math.Min(isInEpoch ? _plan.EpochOf(status.Step) : epochsDone, spec.Epochs - 1);
        // Before an epoch's first step the sums are still those of the epoch before.
        bool hasSums = status.Samples > 0 && !(isInEpoch && _plan.StepInEpoch(status.Step) == 0);
        return new RunView
        {
            Phase = status.Phase,
            Epoch = epoch + 1,
            Epochs = spec.Epochs,
            Step = status.Step - epoch * _plan.StepsPerEpoch,
            Steps = _plan.StepsPerEpoch,
            Loss = hasSums ? status.Loss / status.Samples : null,
            Accuracy = hasSums ? (double)status.Hits / status.Samples : null,
            ImagesPerSecond = stepsPerSecond * _plan.Samples / _plan.StepsPerEpoch,
            TimeLeft = stepsPerSecond == 0 ? null : TimeSpan.FromSeconds((_plan.TotalSteps - status.Step) / stepsPerSecond),
            Workers = status.Workers,
            Waiting = waiting,
            Evaluated = status.Evaluated,
            ToEvaluate = status.ToEvaluate,
        };
    }

    private void Keep(RunActivity activity, int step, IReadOnlyList<EpochRecord> history, double? testAccuracy = null, string? note = null) => folder.WriteState(new RunState
    {
        Activity = activity,
        Step = step,
        TotalSteps = _plan.TotalSteps,
        Epoch = Math.Min(_plan.EpochOf(step) + 1, spec.Epochs),
        Epochs = spec.Epochs,
        Workers = _workers,
        ValidationAccuracy = history.Count == 0 ? null : history[^1].ValidationAccuracy,
        TestAccuracy = testAccuracy,
        Note = note,
    });
}
