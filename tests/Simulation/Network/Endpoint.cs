using MnistDistributed.Simulation.Cluster;
using MnistDistributed.Simulation.Time;

namespace MnistDistributed.Simulation.Network;

/// <summary>Who makes calls.</summary>
public sealed class Endpoint
{
    /// <summary>The name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>The silo that it is part of; null for a coordinator.</summary>
    public required SimulatedSilo? Silo { get; init; }

    /// <summary>The thread that calls, and that their answers are for.</summary>
    public required VirtualThread Thread { get; init; }

    /// <summary>How long a call may take.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>How long the caller works on a call before it makes it; null for one that does not compute.</summary>
    public Func<SimulatedCall, TimeSpan>? Work { get; init; }
}
