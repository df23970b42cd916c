using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>The <c>state.json</c> of a run's folder, which tells other processes how the run stands.</summary>
/// <param name="folder">The run's folder.</param>
public sealed class StateFile(RunFolder folder) : IRunObserver
{
    /// <inheritdoc/>
    public void Progress(RunSnapshot run) => folder.WriteState(new RunState
    {
        Activity = run.Activity,
        Step = run.Step,
        TotalSteps = run.TotalSteps,
        Epoch = run.Epoch,
        Epochs = run.Epochs,
        Workers = run.Workers,
        ValidationAccuracy = run.LastEpoch?.ValidationAccuracy,
        TestAccuracy = run.Test?.Accuracy,
        Note = Note(run),
    });

    private static string? Note(RunSnapshot run)
    {
        string[] lines = [.. run.Note is null ? [] : (string[])[run.Note], .. run.Warnings.Select(warning => warning.Text)];
        return lines.Length == 0 ? null : string.Join(' ', lines);
    }
}
