namespace MnistDistributed.Model.Protocol;

/// <summary>What became of a push.</summary>
public enum PushOutcome
{
    /// <summary>It counts, or all of it was already held.</summary>
    Accepted,

    /// <summary>It is of another term, another step or an unknown session; nothing changed.</summary>
    Stale,

    /// <summary>It is malformed: shapes, blocks or sums are wrong; nothing changed.</summary>
    Malformed,

    /// <summary>Its numbers cannot be used: not all are finite, or the digest is not that of its bytes; others are ordered to compute them.</summary>
    Rejected,
}
