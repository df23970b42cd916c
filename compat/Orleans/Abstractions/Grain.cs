using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of all grain classes.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    private readonly Activation? activation = Activation.Current;

    /// <summary>Called by a class that the runtime constructs.</summary>
    protected Grain() { }

    /// <summary>The activation that this object lives in.</summary>
    public IGrainContext GrainContext => Activation;

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>The activation's services.</summary>
    protected internal IServiceProvider ServiceProvider => Activation.Services;

    internal Activation Activation =>
        activation ?? throw new InvalidOperationException($"{GetType()} was not constructed by the runtime.");

    /// <summary>Called before the first request.</summary>
    /// <param name="cancellationToken">Cancelled when activation takes too long.</param>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Called after the last request.</summary>
    /// <param name="reason">Why the activation ends.</param>
    /// <param name="cancellationToken">Cancelled when deactivation takes too long.</param>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation as soon as no request is running.</summary>
    protected void DeactivateOnIdle() =>
        Activation.Deactivate(new(DeactivationReasonCode.ApplicationRequested, "DeactivateOnIdle was called."));

    /// <summary>Keeps this activation from idle collection for a while.</summary>
    /// <param name="timeSpan">How long.</param>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.DelayDeactivation(timeSpan);
}
