namespace MnistDistributed.Coordinator.Run;

/// <summary>A run cannot go on. The message is for people.</summary>
public sealed class RunFailedException(string message) : Exception(message);
