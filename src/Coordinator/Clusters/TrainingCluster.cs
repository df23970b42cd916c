using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Telemetry;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The cluster that a run is trained on: silos in this process, or a running cluster with this process as its client.</summary>
/// <param name="cluster">The silos.</param>
/// <param name="options">How to train on them.</param>
/// <param name="offered">Workers that a running cluster offers now; null for silos in this process.</param>
public sealed class TrainingCluster(ITrainingCluster cluster, RunOptions options, int? offered) : IAsyncDisposable
{
    private const string PrimaryLost = " A cluster with a primary silo is over when that one is gone: './mnist cluster status' tells, "
        + "'./mnist cluster down' and 'up' make a new one.";

    /// <summary>The way to the grains.</summary>
    public IGrainFactory Grains => cluster.Grains;

    /// <summary>How to train on it.</summary>
    public RunOptions Options => options;

    /// <summary>Workers that a running cluster offers now; null for silos in this process.</summary>
    public int? Offered => offered;

    /// <summary>What to know when it answers no more, as a sentence behind another; empty where there is nothing to say.</summary>
    public string AfterLoss =>
        (Address?.Problem.Text is { } problem ? $" The last connection came to nothing: {problem}." : "")
        + (Address is { Redis: null } ? PrimaryLost : "");

    private ClusterAddress? Address { get; init; }

    /// <summary>Starts silos in this process, or connects to the running cluster that the request names.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="data">The data set, for silos in this process.</param>
    /// <param name="slots">Slots of the run.</param>
    /// <param name="meters">What silos in this process measure of the run; it outlives them.</param>
    /// <param name="say">Says what is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailedException">The running cluster, or silos enough, did not come in time.</exception>
    public static async Task<TrainingCluster> Provide(
        ClusterRequest request, DataSet data, int slots, RunMeters meters, Action<string> say, CancellationToken cancellationToken)
    {
        if (request.Address is null)
        {
            int most = ClusterRequest.LocalWorkers(slots);
            var local = await LocalCluster.Start(request.Silos, new LoadedDataSet(data), meters, cancellationToken);
            var own = request.Options with { Silos = request.Silos, Workers = request.Workers ?? most, AutoWorkers = most };
            return new TrainingCluster(local, own, null);
        }

        var wait = new SiloWait(request.Address, request.MinSilos, request.Wait, say);
        var (cluster, offers) = await wait.ForSilos(cancellationToken);
        int offered = offers.Sum(offer => offer.Capacity);
        if (request.Workers > offered)
            say($"The cluster offers {offered} workers now, and {request.Workers} are wanted: the rest join when silos do.");
        // A run that takes all there are wants as many as can take part: silos that join later then have their share.
        var options = request.Options with { Silos = offers.Count, Workers = request.Workers ?? slots, AutoWorkers = slots };
        return new TrainingCluster(cluster, options, offered) { Address = request.Address };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => cluster.DisposeAsync();
}
