namespace MnistDistributed.Model.Protocol;

/// <summary>What a session has to compute.</summary>
/// <param name="Term">The parameter server's term.</param>
/// <param name="Step">The step, and the weights to use: those after so many steps.</param>
/// <param name="Images">What to evaluate; null for a training order.</param>
/// <param name="Blocks">The blocks to compute; empty for an evaluation.</param>
/// <param name="First">First image of the chunk to evaluate.</param>
/// <param name="Count">Number of images of the chunk.</param>
/// <param name="Lease">How long the work of a new order is this session's; an order that is given again keeps the time it has left.</param>
/// <param name="NeedsWeights">Whether the session's weights are of another term or step, and have to be sent.</param>
public sealed record WorkOrder(
    int Term, int Step, EvaluationSet? Images, IReadOnlyList<Block> Blocks, int First, int Count, TimeSpan Lease, bool NeedsWeights)
{
    /// <summary>
    /// Counts the orders of a term; an order that is given again keeps its number. The answer bears it, so that an answer that comes twice
    /// is not taken for that of another order for the same work.
    /// </summary>
    public int Number { get; init; }
}
