namespace MnistDistributed.Model.Protocol;

/// <summary>What a step that is done was made of: every sample counts exactly once.</summary>
/// <param name="Step">The step of the run, from 0.</param>
/// <param name="Blocks">The blocks that count, from left to right: disjoint, and together all slots.</param>
public sealed record DoneStep(int Step, IReadOnlyList<AcceptedBlock> Blocks);
