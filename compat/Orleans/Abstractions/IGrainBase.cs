using Orleans.Runtime;

namespace Orleans;

/// <summary>What the runtime asks of a grain class.</summary>
public interface IGrainBase
{
    /// <summary>The activation that the grain object lives in.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Called before the first request.</summary>
    /// <param name="token">Cancelled when activation takes too long.</param>
    Task OnActivateAsync(CancellationToken token);

    /// <summary>Called after the last request.</summary>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="token">Cancelled when deactivation takes too long.</param>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token);
}
