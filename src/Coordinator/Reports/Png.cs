using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>Writes 8-bit gray PNG files (W3C PNG, third edition), just enough for digits.</summary>
public static class Png
{
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels"><c>[height, width]</c>, 0 is black.</param>
    /// <param name="width">Width in pixels; it divides the number of pixels.</param>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width)
    {
        int height = pixels.Length / width;
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // Bits of a sample; what follows is gray, deflate, adaptive filters, not interlaced: all 0.

        using var png = new MemoryStream();
        png.Write(Signature);
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, Compress(pixels, width, height));
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>An image as a <c>data:</c> address, to stand in a page.</summary>
    public static string DataUri(ReadOnlySpan<byte> pixels, int width) => "data:image/png;base64," + Convert.ToBase64String(Encode(pixels, width));

    private static ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> pixels, int width, int height)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize))
        {
            for (int row = 0; row < height; row++)
            {
                zlib.WriteByte(0); // This row's filter: none.
                zlib.Write(pixels.Slice(row * width, width));
            }
        }
        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        png.Write(word);
        png.Write(type);
        png.Write(data);

        var crc = new Crc32();
        crc.Append(type);
        crc.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, crc.GetCurrentHashAsUInt32());
        png.Write(word);
    }
}
