namespace MnistDistributed.Coordinator.Reports;

/// <summary>What a step cost, on average over the steps that this coordinator saw.</summary>
/// <param name="Milliseconds">From one step to the next.</param>
/// <param name="EngineMilliseconds">Of these, what a worker spent in the gradient engine, averaged over the workers. The rest went into
/// messages, waiting, the optimizer.</param>
/// <param name="Bytes">Weights sent to workers and gradients received from them.</param>
public sealed record StepCost(double Milliseconds, double EngineMilliseconds, double Bytes);
