using MnistDistributed.Grains.ParameterServer;
using MnistDistributed.Model.Protocol;

namespace MnistDistributed.Coordinator.Training;

/// <summary>
/// What a run took of the cluster, and what happened to it there, since its coordinator began, over all terms: what was lost with a term
/// and done again counts twice.
/// </summary>
public sealed class ClusterUsage
{
    private int _terms;
    private TermCounters _before;
    private TermCounters _term;
    private double _workerSteps;

    /// <summary>What was counted so far.</summary>
    public RunCounters Counters => new(_terms, _before + _term);

    /// <summary>Workers that took part in a step, on average; 0 before the first.</summary>
    public double MeanWorkers => Counters.Total.Steps == 0 ? 0 : _workerSteps / Counters.Total.Steps;

    /// <summary>The most workers that took part at once in the current term.</summary>
    public int PeakWorkers { get; private set; }

    /// <summary>Seconds of training that these steps took.</summary>
    public double Seconds { get; private set; }

    /// <summary>A new term begins; its counts begin at 0.</summary>
    public void BeginTerm()
    {
        _terms++;
        _before += _term;
        _term = default;
        PeakWorkers = 0;
    }

    /// <summary>The current term was seen.</summary>
    /// <param name="status">What was seen.</param>
    /// <param name="seconds">See <see cref="Seconds"/>.</param>
    public void Observe(TermStatus status, double seconds)
    {
        Seconds = seconds;
        PeakWorkers = Math.Max(PeakWorkers, status.Workers);
        _workerSteps += (double)status.Workers * (status.Counters.Steps - _term.Steps);
        _term = status.Counters;
    }
}
