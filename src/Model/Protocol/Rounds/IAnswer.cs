namespace MnistDistributed.Model.Protocol.Rounds;

/// <summary>One part of what a session pushes: the gradient of a block, or the logits of a chunk of images.</summary>
internal interface IAnswer
{
    /// <summary>What of the round it answers.</summary>
    UnitRange Units { get; }

    /// <summary>Whether all of its numbers are finite.</summary>
    bool IsFinite { get; }

    /// <summary>The digest that the sender computed.</summary>
    ulong Digest { get; }

    /// <summary>Whether its numbers can be used: they are finite, and those that the sender computed.</summary>
    bool IsSound => IsFinite && Digest == ComputeDigest();

    /// <summary>What the digest of the bytes is, which <see cref="Digest"/> should be.</summary>
    ulong ComputeDigest();
}
