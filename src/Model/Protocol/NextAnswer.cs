namespace MnistDistributed.Model.Protocol;

/// <summary>The answer to "what next?".</summary>
/// <param name="Kind">What the session has to do.</param>
/// <param name="Order">The order, if there is one.</param>
/// <param name="Counters">What the order adds to the counters of the term.</param>
public readonly record struct NextAnswer(NextKind Kind, WorkOrder? Order = null, TermCounters Counters = default);
