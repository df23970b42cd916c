namespace MnistDistributed.Model.Storage;

/// <summary>What a search for a run's newest checkpoint found.</summary>
/// <param name="Checkpoint">The newest good one; null if there is none.</param>
/// <param name="Path">Its file; null if there is none.</param>
/// <param name="Skipped">Newer files that are damaged or not of this run, newest first: for each a line that says which and why.</param>
public sealed record CheckpointSearch(Checkpoint? Checkpoint, string? Path, IReadOnlyList<string> Skipped)
{
    /// <summary>What to tell people: each file that was skipped, and what is used instead; nothing where nothing was skipped.</summary>
    public IEnumerable<string> Notes => Skipped.Count == 0 ? []
        : Skipped.Append(Checkpoint is null
            ? "No checkpoint of the run can be used: it begins anew at step 0. What it had done is computed again, to the same bits."
            : $"The run goes on from {Path}, its newest good checkpoint. The steps since are computed again, to the same bits.");
}
