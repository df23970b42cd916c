namespace MnistDistributed.Bench.Scaling;

/// <summary>Where the workers of a run are.</summary>
/// <param name="Remote">Workers in other processes than the parameter server's. It has to be fewer than all, or all, of them.</param>
/// <param name="Cores">Cores of the parameter server's machine.</param>
/// <param name="IsOneMachine">Whether the workers share these cores; else each has a core of its own.</param>
/// <param name="LinkBytes">Bytes a second of the server's link, in each direction; infinite on one machine.</param>
public sealed record StepPlace(int Remote, int Cores, bool IsOneMachine, double LinkBytes)
{
    /// <summary>All of it on one machine.</summary>
    /// <param name="remote">Workers in other processes than the server's.</param>
    /// <param name="cores">The machine's cores.</param>
    public static StepPlace OneMachine(int remote, int cores) => new(remote, cores, IsOneMachine: true, double.PositiveInfinity);

    /// <summary>One worker a machine, the server beside the first of them.</summary>
    /// <param name="workers">Workers that have slots.</param>
    /// <param name="cores">Cores of the server's machine.</param>
    /// <param name="gigabits">Its link, in Gbit/s.</param>
    public static StepPlace Network(int workers, int cores, double gigabits) =>
        new(workers - 1, cores, IsOneMachine: false, gigabits * 1e9 / 8);
}
