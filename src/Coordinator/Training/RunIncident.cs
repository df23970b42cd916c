namespace MnistDistributed.Coordinator.Training;

/// <summary>What can happen to a run beside what its parameter server counts.</summary>
public enum RunIncident
{
    /// <summary>The parameter server was lost, with the steps since the newest state that is kept.</summary>
    ServerLost,

    /// <summary>The silo of the parameter server was about to go, and the run went on elsewhere.</summary>
    ServerHandedOver,

    /// <summary>The cluster did not answer, or not as it should.</summary>
    ClusterSilent,

    /// <summary>The disk could not take what the run writes.</summary>
    DiskFailed,

    /// <summary>The loss shows that training has diverged.</summary>
    Diverged,

    /// <summary>What is printed could not be written.</summary>
    OutputLost,
}
