namespace MnistDistributed.Coordinator.Clusters;

/// <summary>A local cluster cannot be started, looked at or ended. Exit code 1; the message is one clear line.</summary>
public sealed class ClusterException(string message) : Exception(message);
