namespace MnistDistributed.Simulation.Time;

/// <summary>When a simulation is given up: a program that never ends must not hang who runs it.</summary>
public sealed record SimulationLimits
{
    /// <summary>The most virtual time. Default 30 days.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The most tasks and timers that are run. Default 20 million.</summary>
    public long Events { get; init; } = 20_000_000;
}
