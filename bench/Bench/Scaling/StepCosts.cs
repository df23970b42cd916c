namespace MnistDistributed.Bench.Scaling;

/// <summary>What the parts of a step take, as they were measured one by one.</summary>
/// <param name="Engine">The gradients.</param>
/// <param name="Server">The parameter server.</param>
/// <param name="Message">The way between two processes.</param>
public sealed record StepCosts(EngineCost Engine, ServerCost Server, MessageCost Message);
