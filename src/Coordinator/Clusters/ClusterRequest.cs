using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>On what a run is to be trained. Nothing of it shapes the result.</summary>
public sealed record ClusterRequest
{
    /// <summary>Workers, over all silos; null for as many as make sense.</summary>
    public required int? Workers { get; init; }

    /// <summary>How patient the run is; its workers and silos are those of the cluster.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>Silos in this process, where no running cluster is named. Default 1.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>The running cluster; null for silos in this process.</summary>
    public ClusterAddress? Address { get; init; }

    /// <summary>Silos of the running cluster to wait for. Default 1.</summary>
    public int MinSilos { get; init; } = 1;

    /// <summary>How long to wait for them. Default 120 s.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>As many workers as make sense in this process: one a core, and no more than slots.</summary>
    public static int LocalWorkers(int slots) => Math.Min(slots, Environment.ProcessorCount);
}
