using System.Text;

namespace MnistDistributed.Model.Storage;

/// <summary>A format that people bring in place of the one that is asked for, told by a file's first bytes.</summary>
/// <param name="Name">What the file is, such as <c>a web page</c>.</param>
/// <param name="Remedy">What would do, where that does not depend on what was asked for; null otherwise.</param>
public sealed record ForeignFormat(string Name, string? Remedy = null)
{
    /// <summary>So many first bytes tell every format.</summary>
    public const int Bytes = 512;

    private const string Unpack = "unpack it, and give what was in it";

    /// <summary>What files of a format begin with, one character a byte.</summary>
    private static readonly (string Start, ForeignFormat Format)[] Known =
    [
        ("version https://git-lfs", new("a Git LFS pointer, which only stands for the file",
            "run 'git lfs pull' in its repository, or download the file itself")),
        ("\u0089HDF\r\n\u001a\n", new("an HDF5 file, as Keras writes them")),
        ("\u0093NUMPY", new("a NumPy array (.npy)")),
        ("\u0089PNG\r\n", new("a PNG picture")),
        ("\u00ff\u00d8\u00ff", new("a JPEG picture")),
        ("PAR1", new("a Parquet file")),
        ("GGUF", new("a GGUF file")),
        ("BZh", new("a bzip2 archive", Unpack)),
        ("\u00fd7zXZ\0", new("an xz archive", Unpack)),
        ("\u0028\u00b5\u002f\u00fd", new("a zstd archive", Unpack)),
        ("7z\u00bc\u00af\u0027\u001c", new("a 7z archive", Unpack)),
        ("Rar!", new("a rar archive", Unpack)),
        ("\u001f\u008b", new("a gzip archive", Unpack)),
    ];

    /// <summary>The format of a file; null if it is none of those known.</summary>
    /// <param name="start">The file's first bytes, up to <see cref="Bytes"/>.</param>
    public static ForeignFormat? Of(ReadOnlySpan<byte> start)
    {
        string text = Encoding.Latin1.GetString(start);
        foreach (var (magic, format) in Known)
        {
            if (text.StartsWith(magic, StringComparison.Ordinal))
                return format;
        }

        return Zip(text) ?? Markup(text) ?? Pickle(text) ?? Onnx(text) ?? Other(text);
    }

    /// <summary>The format of the file at a path; null if it is none of those known, or cannot be read.</summary>
    public static ForeignFormat? OfFile(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
            Span<byte> start = stackalloc byte[Bytes];
            // What is no file might wait for ever to be written to.
            return stream.CanSeek ? Of(start[..stream.ReadAtLeast(start, Bytes, throwOnEndOfStream: false)]) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>An archive by the name of its first entry, which is behind its first header.</summary>
    private static ForeignFormat? Zip(string text)
    {
        if (!text.StartsWith("PK\u0003\u0004", StringComparison.Ordinal))
            return null;
        if (text.Contains(".pkl", StringComparison.Ordinal))
            return new("a PyTorch file, as torch.save writes them");
        if (text.Contains(".npy", StringComparison.Ordinal))
            return new("a NumPy archive (.npz)");
        return text.Contains("metadata.json", StringComparison.Ordinal) || text.Contains("config.json", StringComparison.Ordinal)
            ? new("a Keras file (.keras)")
            : new("a zip archive", Unpack);
    }

    private static ForeignFormat? Markup(string text)
    {
        string first = text.TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return first.Length > 1 && first[0] == '<' && (char.IsAsciiLetter(first[1]) || first[1] is '!' or '?')
            ? new("a web page", "download the file itself, in place of which a server sent this")
            : null;
    }

    private static ForeignFormat? Pickle(string text) =>
        text.Length > 2 && text[0] == '\u0080' && text[1] is >= '\u0002' and <= '\u0005' && text[2] is not '\0'
            ? new("a pickled Python object, as torch.save and pickle write them") : null;

    /// <summary>A ModelProto: its version, and then its producer, or what comes after that (onnx.proto).</summary>
    private static ForeignFormat? Onnx(string text) =>
        text.Length > 2 && text[0] == '\u0008' && text[1] is >= '\u0003' and <= '\u0020' && (text[2] is '\u0012' or '\u003a' or '\u0042')
            ? new("an ONNX model") : null;

    private static ForeignFormat? Other(string text)
    {
        if (text.Length >= 8 && text[4..8] == "TFL3")
            return new("a TensorFlow Lite model");
        if (text.Length > 262 && text[257..262] == "ustar")
            return new("a tar archive", Unpack);
        return text.StartsWith("{\"", StringComparison.Ordinal) || text.StartsWith("{\n", StringComparison.Ordinal)
            ? new("a JSON file") : null;
    }
}
