namespace MnistDistributed.Model.Storage;

/// <summary>What a search for a run's newest checkpoint found.</summary>
/// <param name="Checkpoint">The newest good one; null if there is none.</param>
/// <param name="Path">Its file; null if there is none.</param>
/// <param name="Skipped">Newer files that are damaged or not of this run, newest first: for each a line that says which and why.</param>
public sealed record CheckpointSearch(Checkpoint? Checkpoint, string? Path, IReadOnlyList<string> Skipped);
