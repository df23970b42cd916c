namespace MnistDistributed.Simulation.Time;

/// <summary>A simulation cannot go on, or left its one thread.</summary>
/// <param name="message">What happened.</param>
/// <param name="cause">The exception behind it; null if there is none.</param>
public sealed class SimulationException(string message, Exception? cause = null) : Exception(message, cause);
