using MnistDistributed.Grains.ParameterServer;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// What a run took of the cluster, and what happened to it there, since its coordinator began, over all terms: what was lost with a term and
/// done again counts twice.
/// </summary>
public sealed class ClusterUsage
{
    private UsageCounts _before = new();
    private UsageCounts _term = new();
    private double _workerSteps;

    /// <summary>The counts so far.</summary>
    public UsageCounts Counts => _before + _term;

    /// <summary>Workers that took part in a step, on average; 0 before the first.</summary>
    public double MeanWorkers => Counts.Steps == 0 ? 0 : _workerSteps / Counts.Steps;

    /// <summary>The most workers that took part at once in the current term.</summary>
    public int PeakWorkers { get; private set; }

    /// <summary>Seconds of training that these steps took.</summary>
    public double Seconds { get; private set; }

    /// <summary>A new term begins; its counts begin at 0.</summary>
    public void BeginTerm()
    {
        _before = Counts with { Terms = _before.Terms + 1 };
        _term = new();
        PeakWorkers = 0;
    }

    /// <summary>The current term was seen.</summary>
    /// <param name="status">What was seen.</param>
    /// <param name="seconds">See <see cref="Seconds"/>.</param>
    public void Observe(RunStatus status, double seconds)
    {
        Seconds = seconds;
        PeakWorkers = Math.Max(PeakWorkers, status.Workers);
        _workerSteps += (double)status.Workers * (status.TermSteps - _term.Steps);
        _term = new UsageCounts
        {
            Steps = status.TermSteps,
            ComputeSeconds = status.ComputeSeconds,
            Bytes = status.Bytes,
            RepeatedOrders = status.RepeatedOrders,
            SpeculativeOrders = status.SpeculativeOrders,
            SpeculativeWins = status.SpeculativeWins,
            StalePushes = status.StalePushes,
            RejectedPushes = status.RejectedPushes,
        };
    }
}
