namespace MnistDistributed.Coordinator.Training;

/// <summary>What people should know of a run as long as they look at it: it went on, and something is not as they will expect.</summary>
/// <param name="Kind">What.</param>
/// <param name="Text">One line.</param>
public sealed record RunWarning(RunIncident Kind, string Text);
