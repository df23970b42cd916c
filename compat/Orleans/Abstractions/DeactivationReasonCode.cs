namespace Orleans;

/// <summary>Kinds of reasons for which an activation ends.</summary>
[GenerateSerializer]
public enum DeactivationReasonCode : byte
{
    /// <summary>None was given.</summary>
    None = 0,

    /// <summary>The silo stops.</summary>
    ShuttingDown = 1,

    /// <summary>The constructor or <c>OnActivateAsync</c> failed.</summary>
    ActivationFailed = 2,

    /// <summary>No request for longer than the collection age.</summary>
    ActivationIdle = 4,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested = 9,
}
