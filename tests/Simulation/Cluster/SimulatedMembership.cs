using System.Collections.Immutable;
using MnistDistributed.Grains.Liveness;

namespace MnistDistributed.Simulation.Cluster;

/// <summary>The table of the silos, as all silos know it, and what there is to be found out where they listen.</summary>
/// <param name="cluster">The cluster.</param>
internal sealed class SimulatedMembership(SimulatedCluster cluster) : IClusterMembershipService, IPortProbe
{
    private static readonly TimeSpan WriteTime = TimeSpan.FromMilliseconds(5);

    /// <inheritdoc/>
    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } =
        new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty, new MembershipVersion(0));

    /// <inheritdoc/>
    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException("Nobody follows the table.");

    /// <summary>A silo has joined, or is declared dead.</summary>
    public void Write(SimulatedSilo silo, SiloStatus status) => CurrentSnapshot = new ClusterMembershipSnapshot(
        CurrentSnapshot.Members.SetItem(silo.Address, new ClusterMember(silo.Address, status, silo.Name)),
        new MembershipVersion(CurrentSnapshot.Version.Value + 1));

    /// <inheritdoc/>
    public ValueTask Refresh(MembershipVersion minimumVersion, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public Task<bool> TryKill(SiloAddress siloAddress)
    {
        cluster.World.After(WriteTime, cluster.World.Own, () => cluster.Declare(siloAddress));
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<bool> IsRefused(SiloAddress silo, TimeSpan patience) => Task.FromResult(!cluster.IsListening(silo));
}
