using MnistDistributed.Grains.Messages;

namespace MnistDistributed.Coordinator.Run;

/// <summary>What a run took of the cluster since its coordinator began, over all terms: what was lost with a term and done again counts twice.</summary>
public sealed class ClusterUsage
{
    private (int Steps, double ComputeSeconds, long Bytes) _before;
    private (int Steps, double ComputeSeconds, long Bytes) _term;

    /// <summary>Steps done.</summary>
    public int Steps => _before.Steps + _term.Steps;

    /// <summary>Seconds that workers spent on gradients, summed over the workers.</summary>
    public double ComputeSeconds => _before.ComputeSeconds + _term.ComputeSeconds;

    /// <summary>Bytes of weights and gradients that were sent.</summary>
    public long Bytes => _before.Bytes + _term.Bytes;

    /// <summary>A new term begins; its counts begin at 0.</summary>
    public void BeginTerm()
    {
        _before = (Steps, ComputeSeconds, Bytes);
        _term = default;
    }

    /// <summary>The current term was seen.</summary>
    public void Saw(RunStatus status) => _term = (status.TermSteps, status.ComputeSeconds, status.Bytes);
}
