namespace Orleans.Runtime;

/// <summary>One life of one grain: an activation.</summary>
public interface IGrainContext
{
    /// <summary>The grain object; null until it is constructed.</summary>
    object? GrainInstance { get; }

    /// <summary>Done when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation as soon as no request is running.</summary>
    /// <param name="deactivationReason">Why.</param>
    /// <param name="cancellationToken">Cancels the token that <c>OnDeactivateAsync</c> was given.</param>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
