namespace MnistDistributed.Model.Protocol;

/// <summary>Orders for work that another session was given before, and has not answered.</summary>
/// <param name="Repeated">All of them.</param>
/// <param name="Speculative">Those whose earlier session is still there, and may yet answer.</param>
/// <param name="Won">Speculative orders that were answered before the earlier session answered.</param>
public readonly record struct OrderCounts(int Repeated, int Speculative, int Won);
