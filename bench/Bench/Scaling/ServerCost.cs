namespace MnistDistributed.Bench.Scaling;

/// <summary>What the parameter server's part of a step takes inside its grain, in seconds of the one core that a grain has.</summary>
/// <param name="Add">A pushed block: its check and its way into the tree.</param>
/// <param name="Optimize">Mean and optimizer.</param>
/// <param name="Publish">Copy and digest of the weights.</param>
public sealed record ServerCost(double Add, double Optimize, double Publish);
