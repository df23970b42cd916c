using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using StbImageSharp;

namespace MnistDistributed.Coordinator.Digits;

/// <summary>
/// PNG files (W3C PNG, third edition), read as gray. What a file claims is checked before anything is decoded:
/// the decoder allocates on the header's word, unpacks without a bound, and does not look at check sums.
/// </summary>
public static class PngFile
{
    /// <summary>The most pixels that are read, 16 million.</summary>
    public const int MaxPixels = 16_000_000;

    private const int MaxFileBytes = 128 << 20;
    private const int MaxSide = 65_535;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    /// <summary>Reads a file.</summary>
    /// <exception cref="ImageException">It is no sound PNG file, or too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static GrayImage Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (!stream.CanSeek)
            throw new ImageException($"{path}: a pipe or a device; a picture has to be a file.");
        if (stream.Length > MaxFileBytes)
            throw new ImageException($"{path}: {stream.Length} bytes; a picture may have {MaxFileBytes}.");
        // No more than that: a device has no length, and no end either.
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Decode(bytes, path);
    }

    /// <summary>
    /// Decodes a file's bytes: colours become luma (ITU-R BT.601), transparency
    /// lies over white, or over black where white would hide what is drawn.
    /// </summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <exception cref="ImageException">It is no sound PNG file, or too large.</exception>
    public static GrayImage Decode(byte[] bytes, string name)
    {
        Check(bytes, name);
        ImageResult image;
        try
        {
            image = ImageResult.FromMemory(bytes, ColorComponents.RedGreenBlueAlpha);
        }
        // The decoder throws whatever its array accesses throw.
        catch (Exception error)
        {
            throw Corrupt(name, error);
        }

        byte[] overWhite = Lay(image.Data, over: 255), overBlack = Lay(image.Data, over: 0);
        return new GrayImage(Contrast(overBlack) > 4 * Contrast(overWhite) ? overBlack : overWhite, image.Width, image.Height);
    }

    private static byte[] Lay(byte[] colours, int over)
    {
        byte[] gray = new byte[colours.Length / 4];
        for (int i = 0; i < gray.Length; i++)
        {
            ReadOnlySpan<byte> pixel = colours.AsSpan(4 * i, 4);
            int luma = 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2];
            int alpha = pixel[3];
            gray[i] = (byte)((luma * alpha + 1000 * over * (255 - alpha) + 127_500) / 255_000);
        }
        return gray;
    }

    private static int Contrast(byte[] gray) => gray.Max() - gray.Min();

    private static void Check(ReadOnlySpan<byte> bytes, string name)
    {
        if (!bytes.StartsWith(Signature))
            throw new ImageException($"{name}: no PNG file; give a PNG picture of one digit.");

        using var packed = new MemoryStream();
        long bound = 0;
        ReadOnlySpan<byte> rest = bytes[Signature.Length..];
        bool first = true, ended = false;
        while (!ended)
        {
            if (rest.Length < 12 || BinaryPrimitives.ReadUInt32BigEndian(rest) > rest.Length - 12)
                throw Corrupt(name);
            int length = BinaryPrimitives.ReadInt32BigEndian(rest);
            ReadOnlySpan<byte> type = rest.Slice(4, 4), data = rest.Slice(8, length);
            if (Crc32.HashToUInt32(rest.Slice(4, 4 + length)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + length)..]))
                throw Corrupt(name);
            if (first != type.SequenceEqual("IHDR"u8))
                throw Corrupt(name);
            if (first)
                bound = CheckHeader(data, name);
            else if (type.SequenceEqual("IDAT"u8))
                packed.Write(data);
            first = false;
            ended = type.SequenceEqual("IEND"u8);
            rest = rest[(12 + length)..];
        }
        packed.Position = 0;
        CheckUnpacks(packed, bound, name);
    }

    /// <summary>Checks the header, and bounds the bytes that the picture unpacks to.</summary>
    private static long CheckHeader(ReadOnlySpan<byte> header, string name)
    {
        if (header.Length != 13)
            throw Corrupt(name);
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (width == 0 || height == 0)
            throw Corrupt(name);
        if (width > MaxSide || height > MaxSide || (long)width * height > MaxPixels)
            throw new ImageException(
                $"{name}: {width}x{height} pixels; a picture may have {MaxPixels / 1_000_000} million pixels and {MaxSide} a side.");
        int depth = header[8], samples = header[9] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => throw Corrupt(name) };
        if (depth is not (1 or 2 or 4 or 8 or 16))
            throw Corrupt(name);
        // Each row has a filter byte; the seven passes of an interlaced picture round up to bytes seven times.
        long row = (width * (long)samples * depth + 7) / 8 + 1;
        return header[12] == 0 ? row * height : 2 * row * height + 64;
    }

    private static void CheckUnpacks(Stream packed, long bound, string name)
    {
        try
        {
            using var raw = new ZLibStream(packed, CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 16];
            long total = 0;
            int read;
            while ((read = raw.Read(buffer)) > 0)
            {
                total += read;
                if (total > bound)
                    throw Corrupt(name);
            }
        }
        catch (InvalidDataException error)
        {
            throw Corrupt(name, error);
        }
    }

    private static ImageException Corrupt(string name, Exception? inner = null) =>
        new($"{name}: the PNG file is corrupt or cut off; save the picture again.", inner);
}
