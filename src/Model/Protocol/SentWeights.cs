namespace MnistDistributed.Model.Protocol;

/// <summary>Weights as they are sent with an order.</summary>
/// <param name="Bytes">Little-endian floats, <c>[parameters]</c>; not rewritten while a session that was sent them may read them.</param>
/// <param name="Digest">XXH3 of the bytes.</param>
public sealed record SentWeights(byte[] Bytes, ulong Digest);
