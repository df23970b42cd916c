namespace MnistDistributed.Simulation.Plans;

/// <summary>
/// What a plan does to a run. What is lost comes back by itself: a silo after the seconds that the fault names, 15 at most, a worker with
/// its
/// silo's next look at the directory, a coordinator after the fault's seconds. So every plan leaves something to finish with.
/// </summary>
public enum FaultKind
{
    /// <summary>A worker is lost with all that it knows; its silo starts another in its place. Takes which worker.</summary>
    KillWorker,

    /// <summary>A worker stands still, and then goes on with what it was at. Takes which worker, and for how long.</summary>
    HangWorker,

    /// <summary>A worker takes 40 times as long. Takes which worker, and for how long.</summary>
    SlowWorker,

    /// <summary>A silo ends without a word. Takes which silo, and after how long it is back.</summary>
    KillSilo,

    /// <summary>
    /// A silo stands still, and then goes on; if others hold it for dead by then, it is back from the dead. Takes which silo, and for how
    /// long.
    /// </summary>
    FreezeSilo,

    /// <summary>Nothing gets into a silo or out of it. Takes which silo, and for how long.</summary>
    IsolateSilo,

    /// <summary>A silo is told to end, and hands over. Takes which silo, and after how long it is back.</summary>
    DrainSilo,

    /// <summary>Another silo joins.</summary>
    AddSilo,

    /// <summary>The message comes late. Takes how late.</summary>
    Delay,

    /// <summary>The message is lost.</summary>
    Drop,

    /// <summary>The message comes twice, the second time a little later.</summary>
    Duplicate,

    /// <summary>Messages sent after this one come before it.</summary>
    Reorder,

    /// <summary>A bit of the message is flipped.</summary>
    Corrupt,

    /// <summary>The worker sends a gradient that is not a number, with the right digest.</summary>
    NotANumber,

    /// <summary>The answer to the message is lost, though the message had its effect.</summary>
    DropReply,

    /// <summary>The answer to the message comes late. Takes how late.</summary>
    DelayReply,

    /// <summary>The parameter server is lost without its silo.</summary>
    KillServer,

    /// <summary>
    /// The parameter server gets a successor, and stays alive for some of the workers, and for some of the coordinator's calls. Takes for
    /// how long.
    /// </summary>
    SplitServer,

    /// <summary>The grain that deals workers to silos is lost without its silo.</summary>
    KillDirectory,

    /// <summary>
    /// The coordinator ends without a word. Takes after how long it is resumed, with how many workers, and on a new cluster of how many
    /// silos; 0 for the same cluster.
    /// </summary>
    KillCoordinator,

    /// <summary>As <see cref="KillCoordinator"/>, and before it is resumed its newest checkpoint is damaged.</summary>
    DamageCheckpoint,

    /// <summary>The coordinator is told to end, and resumed as after <see cref="KillCoordinator"/>.</summary>
    StopCoordinator,

    /// <summary>The run is told to go on with another number of workers. Takes the number.</summary>
    Scale,

    /// <summary>The run is told to pause, and to go on later. Takes for how long.</summary>
    Pause,
}
