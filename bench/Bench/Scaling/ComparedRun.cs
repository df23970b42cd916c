namespace MnistDistributed.Bench.Scaling;

/// <summary>A run that the formula is held against.</summary>
/// <param name="Where">On what it was trained, for people.</param>
/// <param name="Workers">Its workers.</param>
/// <param name="Remote">How many of them are in other processes than the parameter server.</param>
/// <param name="Measured">What it measured.</param>
public sealed record ComparedRun(string Where, int Workers, int Remote, TrainedRun Measured);
