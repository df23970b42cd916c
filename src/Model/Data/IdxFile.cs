namespace MnistDistributed.Model.Data;

/// <summary>What an IDX file holds.</summary>
/// <param name="Count">Number of images or labels, at least 1.</param>
/// <param name="Items">Their bytes: <c>[count, 28, 28]</c> pixels or <c>[count]</c> labels.</param>
/// <param name="Sha256">SHA-256 of the raw file, header included: of the unpacked bytes where the file is gzipped.</param>
public sealed record IdxFile(int Count, byte[] Items, byte[] Sha256);
