using MnistDistributed.Simulation.Plans;

namespace MnistDistributed.Simulation.Audit;

/// <summary>What became of one fault of a plan.</summary>
/// <param name="Fault">The fault.</param>
public sealed record Strike(PlannedFault Fault)
{
    /// <summary>When it struck; null if its event never came, or there was nobody to strike.</summary>
    public TimeSpan? At { get; init; }

    /// <summary>Time from then until the next step was done; null if there was none.</summary>
    public TimeSpan? NextStep { get; init; }

    /// <summary>Time from then until the run was further than it had been, also where steps were lost; null if no step followed.</summary>
    public TimeSpan? Recovered { get; init; }
}
