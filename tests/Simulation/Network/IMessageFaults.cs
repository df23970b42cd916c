namespace MnistDistributed.Simulation.Network;

/// <summary>Sees every message, and may lose, delay, double or change it.</summary>
public interface IMessageFaults
{
    /// <summary>A request is sent.</summary>
    /// <returns>What arrives of it.</returns>
    IReadOnlyList<Delivery<object?[]>> Sent(SimulatedCall call);

    /// <summary>A call is answered.</summary>
    /// <returns>What arrives of the answer.</returns>
    IReadOnlyList<Delivery<object?>> Answered(SimulatedCall call, object? result);
}
