using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Coordinator.Run;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Cluster;

/// <summary>A running cluster of silo processes, with this process as its client. What it needs exists only with Orleans itself, and so is in a file that is compiled only there.</summary>
public static partial class RemoteCluster
{
    /// <summary>Connects to a cluster; tries again until one answers.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="unanswered">Told why, each time that it does not answer.</param>
    /// <param name="cancellationToken">Ends the trying.</param>
    /// <exception cref="UsageException">What was given for Redis is no address of it.</exception>
    /// <exception cref="RunFailedException">This build has no Orleans.</exception>
    public static Task<ITrainingCluster> Connect(ClusterAddress address, Action<string> unanswered, CancellationToken cancellationToken)
    {
        Task<ITrainingCluster>? connecting = null;
        Connect(address, unanswered, ref connecting, cancellationToken);
        return connecting ?? throw new RunFailedException(
            $"{address.Shown} needs Microsoft.Orleans, which the package feed lacked when this was built: './mnist train --silos N' runs silos in one process.");
    }

    static partial void Connect(ClusterAddress address, Action<string> unanswered, ref Task<ITrainingCluster>? connecting, CancellationToken cancellationToken);
}
