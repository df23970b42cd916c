using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace MnistDistributed.Coordinator.Tests.Digits;

/// <summary>Writes PNG files of every kind that people have, and of some that nobody should.</summary>
internal static class TestPng
{
    public const byte Gray = 0, Rgb = 2, Palette = 3, GrayAlpha = 4, Rgba = 6;

    /// <summary>Encodes samples, <c>[height, width, samples of a pixel]</c>; those of a palette are indexes.</summary>
    public static byte[] Encode(byte kind, int width, int height, byte[] samples, byte[]? palette = null, byte[]? transparency = null)
    {
        using var png = new MemoryStream();
        png.Write(Signature);
        png.Write(Chunk("IHDR", Header(width, height, 8, kind)));
        if (palette is not null)
            png.Write(Chunk("PLTE", palette));
        if (transparency is not null)
            png.Write(Chunk("tRNS", transparency));
        png.Write(Chunk("IDAT", Rows(samples, height)));
        png.Write(Chunk("IEND", []));
        return png.ToArray();
    }

    public static byte[] Signature => [0x89, .. "PNG\r\n\x1a\n"u8];

    public static byte[] Header(int width, int height, byte depth, byte kind)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = kind;
        return header;
    }

    public static byte[] Rows(byte[] samples, int height)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            foreach (byte[] row in samples.Chunk(samples.Length / height))
            {
                zlib.WriteByte(0);
                zlib.Write(row);
            }
        }
        return packed.ToArray();
    }

    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        byte[] chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4 + body.Length), Crc32.HashToUInt32(body));
        return chunk;
    }
}
