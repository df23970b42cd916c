using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Model.Data;

/// <summary>
/// A reader of IDX files of 28x28 images and of labels, raw or gzipped (told apart by their first bytes).
/// Strict: a file is what its header says, to the byte, or it is refused. Memory grows with the bytes that are really
/// there, never on a header's word. Format: http://yann.lecun.com/exdb/mnist/, "file formats for the MNIST database".
/// </summary>
public static class IdxReader
{
    /// <summary>
    /// The most bytes of items that one file may hold, 1 GiB: 1.3 million images. It also bounds what a gzip bomb can do.
    /// </summary>
    public const int MaxBytes = 1 << 30;

    private const uint ImagesMagic = IdxFile.ImagesMagic;
    private const uint LabelsMagic = 0x00000801;
    private const int FirstChunk = 1 << 16;
    private const int MaxChunk = 1 << 20;

    // No deflate stream unpacks to more than 1032 times its size (https://zlib.net/zlib_tech.html).
    private const long MaxRatio = 1032;

    /// <summary>Reads a file of 28x28 images.</summary>
    /// <param name="stream">A seekable stream at the file's first byte, raw or gzipped. It stays open.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DataException">The file is not a sound, non-empty IDX file of 28x28 images.</exception>
    public static IdxFile ReadImages(Stream stream, string name, CancellationToken cancellationToken) =>
        Read(stream, name, "images", ImagesMagic, ImageSet.Pixels, cancellationToken);

    /// <summary>Reads a file of labels.</summary>
    /// <inheritdoc cref="ReadImages"/>
    /// <exception cref="DataException">The file is not a sound, non-empty IDX file of labels.</exception>
    public static IdxFile ReadLabels(Stream stream, string name, CancellationToken cancellationToken) =>
        Read(stream, name, "labels", LabelsMagic, 1, cancellationToken);

    /// <summary>The unpacked bytes of a stream: through gzip where it begins as a gzip file does, else the stream itself.</summary>
    /// <param name="stream">A seekable stream at the file's first byte. It stays open.</param>
    public static Stream Unpacked(Stream stream) =>
        IsGzip(stream) ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : stream;

    private static bool IsGzip(Stream stream)
    {
        long start = stream.Position;
        bool gzip = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = start;
        return gzip;
    }

    private static IdxFile Read(Stream stream, string name, string kind, uint magic, int itemBytes, CancellationToken cancellationToken)
    {
        bool gzip = IsGzip(stream);
        long available = (stream.Length - stream.Position) * (gzip ? MaxRatio : 1);
        try
        {
            Stream raw = Unpacked(stream);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int count = ReadHeader(raw, name, kind, magic, itemBytes, available, hash, out int headerBytes);
            byte[] items = ReadItems(raw, name, kind, count, itemBytes, exact: !gzip, hash, cancellationToken);
            if (gzip)
                RequireEndOfGzip(stream, name, headerBytes + items.LongLength);
            return new IdxFile(count, items, hash.GetHashAndReset());
        }
        catch (InvalidDataException error)
        {
            throw new DataException($"{name}: the gzip data is corrupt or cut off; fetch the file again.", error);
        }
    }

    private static int ReadHeader(
        Stream raw, string name, string kind, uint magic, int itemBytes, long available, IncrementalHash hash, out int headerBytes)
    {
        bool images = magic == ImagesMagic;
        headerBytes = images ? 16 : 8;
        Span<byte> header = stackalloc byte[16];
        header = header[..headerBytes];
        int read = raw.ReadAtLeast(header, headerBytes, throwOnEndOfStream: false);
        hash.AppendData(header[..read]);

        uint found = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (read >= 4 && found != magic)
        {
            if (FormatOf(header[..read], raw) is { } format)
                throw new DataException(
                    $"{name}: {format.Name}, not an IDX file of {kind}; {format.Remedy ?? "fetch the file itself"}.");
            string what = found switch
            {
                ImagesMagic => ", which is that of images",
                LabelsMagic => ", which is that of labels",
                _ => "",
            };
            throw new DataException($"{name}: the magic number is 0x{found:x8}{what}; an IDX file of {kind} begins with 0x{magic:x8}.");
        }
        if (read < headerBytes)
            throw new DataException($"{name}: only {read} bytes; an IDX file of {kind} has a header of {headerBytes} bytes.");

        uint count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (images)
        {
            uint rows = BinaryPrimitives.ReadUInt32BigEndian(header[8..]), columns = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
            if (rows != ImageSet.Side || columns != ImageSet.Side)
                throw new DataException(
                    $"{name}: the images are {rows}x{columns} pixels; they have to be {ImageSet.Side}x{ImageSet.Side}.");
        }
        if (count == 0)
            throw new DataException($"{name}: the file holds no {kind}; at least one is needed.");
        long bytes = count * (long)itemBytes;
        if (bytes > available - headerBytes)
            throw new DataException(
                $"{name}: the header claims {count} {kind}, {bytes} bytes, and the file is too short for that; fetch it again.");
        if (bytes > MaxBytes)
            throw new DataException($"{name}: the header claims {count} {kind}; at most {MaxBytes / itemBytes} are read.");
        return (int)count;
    }

    /// <summary>What lies there instead of an IDX file, as its first bytes say.</summary>
    private static ForeignFormat? FormatOf(ReadOnlySpan<byte> header, Stream rest)
    {
        Span<byte> start = stackalloc byte[ForeignFormat.Bytes];
        header.CopyTo(start);
        int more = rest.ReadAtLeast(start[header.Length..], start.Length - header.Length, throwOnEndOfStream: false);
        return ForeignFormat.Of(start[..(header.Length + more)]);
    }

    private static byte[] ReadItems(
        Stream raw, string name, string kind, int count, int itemBytes, bool exact, IncrementalHash hash,
        CancellationToken cancellationToken)
    {
        int size = count * itemBytes;
        byte[] items = GC.AllocateUninitializedArray<byte>(exact ? size : Math.Min(size, FirstChunk));
        int filled = 0;
        while (filled < size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (filled == items.Length)
                Array.Resize(ref items, (int)Math.Min(size, items.Length * 2L));
            int read = raw.Read(items, filled, Math.Min(MaxChunk, items.Length - filled));
            if (read == 0)
                throw new DataException($"{name}: the file ends after {filled / itemBytes} of {count} {kind}; fetch it again.");
            hash.AppendData(items, filled, read);
            filled += read;
        }
        if (raw.ReadByte() >= 0)
            throw new DataException($"{name}: bytes follow the {count} {kind} that the header claims; the file has to end there.");
        return items;
    }

    // GZipStream passes over what follows the compressed data in silence;
    // the last four bytes of a gzip file are its unpacked size (RFC 1952).
    private static void RequireEndOfGzip(Stream stream, string name, long unpacked)
    {
        Span<byte> size = stackalloc byte[4];
        stream.Seek(-size.Length, SeekOrigin.End);
        stream.ReadExactly(size);
        if (BinaryPrimitives.ReadUInt32LittleEndian(size) != unpacked)
            throw new DataException($"{name}: several gzip members or trailing bytes; unpack it.");
    }
}
