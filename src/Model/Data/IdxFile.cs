using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MnistDistributed.Model.Data;

/// <summary>What an IDX file holds.</summary>
/// <param name="Count">Number of images or labels, at least 1.</param>
/// <param name="Items">Their bytes: <c>[count, 28, 28]</c> pixels or <c>[count]</c> labels.</param>
/// <param name="Sha256">SHA-256 of the raw file, header included: of the unpacked bytes where the file is gzipped.</param>
public sealed record IdxFile(int Count, byte[] Items, byte[] Sha256)
{
    /// <summary>The first number of a file of images.</summary>
    internal const uint ImagesMagic = 0x00000803;

    /// <summary>Images with rows and columns changed: what a file that has them so would be read as.</summary>
    public IdxFile Transposed()
    {
        byte[] pixels = new byte[Items.Length];
        for (int image = 0; image < pixels.Length; image += ImageSet.Pixels)
            for (int row = 0; row < ImageSet.Side; row++)
                for (int column = 0; column < ImageSet.Side; column++)
                    pixels[image + column * ImageSet.Side + row] = Items[image + row * ImageSet.Side + column];

        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(header, ImagesMagic);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], Count);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], ImageSet.Side);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], ImageSet.Side);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(pixels);
        return new IdxFile(Count, pixels, hash.GetHashAndReset());
    }
}
