namespace MnistDistributed.Model.Protocol;

/// <summary>What became of a push.</summary>
public enum PushOutcome
{
    /// <summary>It counts, or all of it was already held.</summary>
    Accepted,

    /// <summary>It is of another term, another step or an unknown session; nothing changed.</summary>
    Stale,

    /// <summary>Shapes, blocks or sums are wrong. Nothing of it counts; others are ordered what the session held.</summary>
    Malformed,

    /// <summary>
    /// Its numbers cannot be used: not all are finite, or the digest is not that of its bytes. Nothing of it counts; it is ordered again.
    /// </summary>
    Rejected,
}
