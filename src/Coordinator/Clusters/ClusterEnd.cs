namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The end of a local cluster: it ends the silos that were started and no others.</summary>
public static class ClusterEnd
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    // A killed process is gone once the kernel gets to it.
    private static readonly TimeSpan KillWithin = TimeSpan.FromSeconds(5);

    /// <summary>Asks the silos to end and waits; kills those that do not. The primary comes last, because the others leave by it.</summary>
    /// <param name="cluster">What was started.</param>
    /// <param name="patience">How long the silos, and then the primary, may take.</param>
    /// <param name="cancellationToken">Ends the waiting; nothing is killed then.</param>
    /// <exception cref="ClusterException">A process cannot be ended.</exception>
    public static async Task<EndedSilos> Run(ClusterRecord cluster, TimeSpan patience, CancellationToken cancellationToken)
    {
        var others = await End(cluster.Silos.Where(silo => silo != cluster.Primary), patience, cancellationToken);
        var primary = await End(cluster.Silos.Where(silo => silo == cluster.Primary), patience, cancellationToken);
        return new EndedSilos(others.Count + primary.Count, [.. others.Killed, .. primary.Killed]);
    }

    private static async Task<EndedSilos> End(IEnumerable<SiloRecord> silos, TimeSpan patience, CancellationToken cancellationToken)
    {
        var running = silos.Where(silo => silo.IsRunning).ToList();
        foreach (var silo in running)
            ProcessTable.Terminate(silo.Pid);
        var late = await Wait(running, patience, cancellationToken);
        foreach (var silo in late)
            ProcessTable.Kill(silo.Pid);
        if (await Wait(late, KillWithin, cancellationToken) is [var left, ..])
            throw new ClusterException($"{left.Name} (process {left.Pid}) was killed but does not end.");
        return new EndedSilos(running.Count, late);
    }

    private static async Task<IReadOnlyList<SiloRecord>> Wait(
        IReadOnlyList<SiloRecord> silos, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (silos.Count > 0 && TimeProvider.System.GetElapsedTime(begin) < patience)
        {
            await Task.Delay(Poll, cancellationToken);
            silos = [.. silos.Where(silo => silo.IsRunning)];
        }

        return silos;
    }
}
