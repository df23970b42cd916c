namespace MnistDistributed.Model.Protocol;

/// <summary>What a run's parameter server is at.</summary>
public enum RunPhase
{
    /// <summary>Steps are computed.</summary>
    Training,

    /// <summary>No step and no evaluation begins until the run is told to go on.</summary>
    Paused,

    /// <summary>The validation images are evaluated, after an epoch's last step.</summary>
    Validating,

    /// <summary>An epoch is over; the coordinator has to take its result and let the run go on.</summary>
    EpochDone,

    /// <summary>The test images are evaluated, after the last epoch.</summary>
    Testing,

    /// <summary>All is computed; the coordinator has to take the result.</summary>
    Done,

    /// <summary>The run cannot go on; <see cref="TrainingProtocol.Failure"/> says why.</summary>
    Failed,
}
