using MnistDistributed.Coordinator.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>What a step cost, on average over the steps that this coordinator saw.</summary>
/// <param name="Milliseconds">From one step to the next.</param>
/// <param name="EngineMilliseconds">
/// Of these, what a worker spent in the gradient engine, averaged over the workers. The rest went into messages, waiting, the optimizer.
/// </param>
/// <param name="Bytes">Weights sent to workers and gradients received from them.</param>
public sealed record StepCost(double Milliseconds, double EngineMilliseconds, double Bytes)
{
    /// <summary>The cost of a step in what a run took of the cluster; null where no step was seen.</summary>
    public static StepCost? Of(ClusterUsage usage)
    {
        var total = usage.Counters.Total;
        if (total.Steps == 0 || usage.MeanWorkers == 0)
            return null;
        double engine = total.ComputeSeconds / total.Steps / usage.MeanWorkers;
        return new StepCost(1000 * usage.Seconds / total.Steps, 1000 * engine, (double)total.Bytes / total.Steps);
    }
}
