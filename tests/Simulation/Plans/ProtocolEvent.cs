namespace MnistDistributed.Simulation.Plans;

/// <summary>
/// What happens in a run again and again, and is counted from 1 over all of it, so that a fault can strike at a certain one.
/// </summary>
public enum ProtocolEvent
{
    /// <summary>A parameter server answers a worker with work.</summary>
    Order,

    /// <summary>A worker sends gradients.</summary>
    Push,

    /// <summary>A worker sends the logits of an evaluation.</summary>
    Logits,

    /// <summary>The coordinator lets the run go on after an epoch.</summary>
    Epoch,

    /// <summary>The coordinator opens a term.</summary>
    Open,

    /// <summary>A parameter server answers the coordinator with a snapshot.</summary>
    Snapshot,
}
