namespace Orleans;

/// <summary>Why an activation ends.</summary>
/// <param name="code">The kind of reason.</param>
/// <param name="exception">What caused it, if anything did.</param>
/// <param name="text">A sentence for people.</param>
public readonly struct DeactivationReason(DeactivationReasonCode code, Exception? exception, string text)
{
    /// <summary>A reason without an exception.</summary>
    /// <param name="code">The kind of reason.</param>
    /// <param name="text">A sentence for people.</param>
    public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text) { }

    /// <summary>The kind of reason.</summary>
    public DeactivationReasonCode ReasonCode { get; } = code;

    /// <summary>What caused it, if anything did.</summary>
    public Exception? Exception { get; } = exception;

    /// <summary>A sentence for people.</summary>
    public string Description { get; } = text;

    /// <inheritdoc/>
    public override string ToString() => $"{ReasonCode}: {Description}";
}
