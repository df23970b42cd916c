using MnistDistributed.Model.Telemetry;

namespace MnistDistributed.Model.Protocol;

/// <summary>How a term is run. None of it shapes the result.</summary>
public sealed record TermOptions
{
    /// <summary>
    /// Fewer workers than so many (<see cref="TrainingProtocol.Workers"/>) get no orders:
    /// the run waits for others. At most as many as the run has slots. Default 1.
    /// </summary>
    public int MinWorkers { get; init; } = 1;

    /// <summary>Whether the term begins paused. Default false.</summary>
    public bool IsPaused { get; init; }

    /// <summary>How long orders are held.</summary>
    public LeaseOptions Leases { get; init; } = new();

    /// <summary>Where its steps, pushes and orders are measured. Default: nowhere.</summary>
    public ProtocolMeter? Meter { get; init; }
}
