using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace MnistDistributed.Grains.Liveness;

/// <summary>Says what this silo knows, or can find out, of the others.</summary>
/// <param name="context">Its place in the cluster.</param>
/// <param name="membership">Which silos the cluster has.</param>
/// <param name="probe">Knocks at a silo.</param>
/// <param name="time">The clock of held calls.</param>
/// <param name="logger">Where to say what was found out.</param>
[StatelessWorker, Reentrant]
public sealed partial class LivenessGrain(
    IGrainContext context, IClusterMembershipService membership, IPortProbe probe, TimeProvider time, ILogger<LivenessGrain> logger)
    : IGrainBase, ILivenessGrain
{
    private static readonly TimeSpan Hold = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public IGrainContext GrainContext => context;

    /// <inheritdoc/>
    public async Task<bool> IsDead(SiloAddress silo)
    {
        long began = time.GetTimestamp();
        // A machine under load may take long to answer, but it does not refuse. Of a silo that is in no table nothing can be declared.
        if (StatusOf(silo) is not (SiloStatus.Dead or SiloStatus.None) && await IsGone(silo))
        {
            LogGone(silo);
            await membership.TryKill(silo);
        }

        while (StatusOf(silo) != SiloStatus.Dead && time.GetElapsedTime(began) < Hold)
            await Task.Delay(Pause, time);
        return StatusOf(silo) == SiloStatus.Dead;
    }

    // One refusal may be a firewall's that is just being loaded.
    private async Task<bool> IsGone(SiloAddress silo)
    {
        if (!await probe.IsRefused(silo, Hold))
            return false;
        await Task.Delay(SecondLook, time);
        return await probe.IsRefused(silo, Hold);
    }

    private SiloStatus StatusOf(SiloAddress silo) => membership.CurrentSnapshot.GetSiloStatus(silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody listens at silo {Silo}: its process is gone, and it is declared dead")]
    private partial void LogGone(SiloAddress silo);
}
