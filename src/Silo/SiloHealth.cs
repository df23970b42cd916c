using MnistDistributed.Grains.Hosting;
using MnistDistributed.Silo.Membership;

namespace MnistDistributed.Silo;

/// <summary>Whether the silo takes part, and why not.</summary>
/// <param name="wait">Its wait for the cluster.</param>
/// <param name="membership">Its standing there.</param>
/// <param name="data">Its data set.</param>
/// <param name="end">Why it ends by itself.</param>
/// <param name="lifetime">Of the process.</param>
public sealed class SiloHealth(
    MembershipWait wait, SiloMembership membership, SiloData data, OwnEnd end, IHostApplicationLifetime lifetime)
{
    /// <summary>Whether it takes part.</summary>
    public SiloState State =>
        lifetime.ApplicationStopping.IsCancellationRequested ? SiloState.Draining
        : !lifetime.ApplicationStarted.IsCancellationRequested ? SiloState.Waiting
        : !membership.Standing.IsMember ? SiloState.Outside
        : data.IsLoaded ? SiloState.Ready : SiloState.Loading;

    /// <summary>Why it is in a state; null if nothing is wrong.</summary>
    public string? Problem(SiloState state) => state switch
    {
        SiloState.Draining => end.Reason,
        SiloState.Waiting => wait.Problem,
        SiloState.Outside => membership.Standing.Problem,
        _ => data.Problem,
    };
}
