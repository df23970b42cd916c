namespace MnistDistributed.Simulation.Network;

/// <summary>How a message travels.</summary>
/// <param name="Content">What arrives: a request's arguments, or a reply's result.</param>
/// <param name="Delay">How much later than the network's own latency.</param>
public readonly record struct Delivery<T>(T Content, TimeSpan Delay);
