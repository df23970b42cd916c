namespace MnistDistributed.Model.Protocol;

/// <summary>A block that counts in a step.</summary>
/// <param name="Block">The node of the tree.</param>
/// <param name="Digest">The digest of its gradient and sums, <see cref="BlockGradient.DigestOf"/>.</param>
/// <param name="Worker">The name of the worker that computed it.</param>
public sealed record AcceptedBlock(Block Block, ulong Digest, string Worker);
