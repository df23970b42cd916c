namespace MnistDistributed.Coordinator.Training;

/// <summary>A run had too few workers for too long. It is saved, and can be resumed. The message is for people.</summary>
public sealed class QuorumException(string message) : Exception(message);
