using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MnistDistributed.Model.Storage;

/// <summary>
/// A file in the safetensors format (https://huggingface.co/docs/safetensors): the length of a header in 8 bytes, the header as JSON,
/// and the tensors' bytes without gaps, little-endian. Of its element types the floats F16, BF16, F32 and F64 are read, each to the nearest
/// float, and F32 is written; tensors of others are there without values.
/// </summary>
/// <param name="Metadata">The header's <c>__metadata__</c>, written in its order.</param>
/// <param name="Tensors">The tensors, in the order of their bytes.</param>
public sealed record SafetensorsFile(OrderedDictionary<string, string> Metadata, IReadOnlyList<NamedTensor> Tensors)
{
    private const int LengthBytes = 8;
    private const int MaxHeaderBytes = 16 << 20;
    private const long MaxFileBytes = 1L << 30;
    private const int MaxRank = 8;
    private const string MetadataName = "__metadata__";

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] header = Header();
        byte[] bytes = new byte[LengthBytes + header.Length + Tensors.Sum(tensor => sizeof(float) * tensor.Values.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, LengthBytes);
        var rest = bytes.AsSpan(LengthBytes + header.Length);
        foreach (var tensor in Tensors)
        {
            var values = MemoryMarshal.AsBytes(tensor.Values.Span);
            values.CopyTo(rest);
            rest = rest[values.Length..];
        }

        return bytes;
    }

    /// <summary>Reads a file. It allocates no more than a small multiple of the file's size, whatever the file claims.</summary>
    /// <exception cref="InvalidDataException">It is not a safetensors file of
    /// floats; the message names the file and what is wrong.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static SafetensorsFile Read(string path) => Parse(ReadBytes(path), path);

    /// <summary>The bytes of a file, if it is one and of a sane size. For exceptions see <see cref="Read"/>.</summary>
    public static byte[] ReadBytes(string path)
    {
        if (Directory.Exists(path))
            throw Invalid(path, "it is a folder, not a file");
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file.", path);

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (!stream.CanSeek)
            throw Invalid(path, "it is a pipe or a device, not a file");
        if (stream.Length > MaxFileBytes)
            throw Invalid(path, $"it has {stream.Length} bytes, and {MaxFileBytes} is the most");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="source">Where they are from, for the error: the file's path.</param>
    /// <exception cref="InvalidDataException">They are not a safetensors file of floats.</exception>
    public static SafetensorsFile Parse(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < LengthBytes)
            throw Invalid(source, $"it has {bytes.Length} bytes, and its header's length alone takes {LengthBytes}");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        int available = Math.Min(bytes.Length - LengthBytes, MaxHeaderBytes);
        bool fits = headerLength <= (ulong)available;
        // The bytes of a sound file might begin as another format does, so they are asked only where it is not.
        if (!(fits && headerLength > 0 && bytes[LengthBytes] == '{') && ForeignFormat.Of(Start(bytes)) is { } format)
            throw Foreign(source, format);
        if (!fits)
            throw Invalid(source, $"it claims a header of {headerLength} bytes, and {available} is the most it can have");

        var header = bytes.Slice(LengthBytes, (int)headerLength);
        var data = bytes[(LengthBytes + header.Length)..];
        if (header.IsEmpty || header[0] != '{')
            throw Invalid(source, "its header does not begin with '{'");

        try
        {
            using var json =
                JsonDocument.Parse(header.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            return Parse(json.RootElement, data, source);
        }
        catch (JsonException e)
        {
            throw Invalid(source, $"its header is not JSON: {OneLine.Of(e.Message).TrimEnd('.')}", e);
        }
        catch (InvalidOperationException e)
        {
            // How System.Text.Json reports a string that is no valid Unicode.
            throw Invalid(source, "its header holds text that is not valid Unicode", e);
        }
    }

    /// <summary>The error for a file that is not what it should be: file, what, and what would be right, in one line.</summary>
    internal static InvalidDataException Invalid(string source, string what, Exception? inner = null) =>
        new($"{source} is not a usable safetensors file: {what}.", inner);

    /// <summary>A name from a file, fit for an error's one line.</summary>
    internal static string Quote(string name)
    {
        string cut = name.Length <= 64 ? name : name[..64] + "...";
        return $"'{OneLine.Of(cut)}'";
    }

    private static ReadOnlySpan<byte> Start(ReadOnlySpan<byte> bytes) => bytes[..Math.Min(bytes.Length, ForeignFormat.Bytes)];

    private static InvalidDataException Foreign(string source, ForeignFormat format)
    {
        const string give = "give a model.safetensors that './mnist train' wrote, or a state_dict as safetensors.torch.save_file writes it";
        return new($"{source} is {format.Name}, not a safetensors file: {format.Remedy ?? give}.");
    }

    private static SafetensorsFile Parse(JsonElement header, ReadOnlySpan<byte> data, string source)
    {
        var metadata = new OrderedDictionary<string, string>();
        var entries = new List<Entry>();
        foreach (var property in header.EnumerateObject())
        {
            if (property.Name == MetadataName)
                ReadMetadata(property.Value, metadata, source);
            else
                entries.Add(ReadEntry(property.Name, property.Value, source));
        }

        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        var tensors = new List<NamedTensor>(entries.Count);
        long end = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != end || entry.End > data.Length)
            {
                throw Invalid(source, $"tensor {Quote(entry.Name)} lies at bytes {entry.Begin} to {entry.End}, "
                    + $"and it should begin at {end} and end by {data.Length}");
            }

            end = entry.End;
            float[] values = Floats(entry.Type, data[(int)entry.Begin..(int)entry.End]);
            tensors.Add(new NamedTensor(entry.Name, entry.Shape, values, entry.Type));
        }

        return end == data.Length ? new SafetensorsFile(metadata, tensors)
            : throw Invalid(source, $"its tensors take {end} bytes, and {data.Length} follow the header");
    }

    private static void ReadMetadata(JsonElement value, OrderedDictionary<string, string> metadata, string source)
    {
        // Other programs write it where they have none.
        if (value.ValueKind == JsonValueKind.Null)
            return;
        if (value.ValueKind != JsonValueKind.Object)
            throw Invalid(source, "its metadata is not an object of strings");
        foreach (var property in value.EnumerateObject())
        {
            metadata.Add(property.Name, property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Invalid(source, $"its metadata {Quote(property.Name)} is not a string"));
        }
    }

    private static Entry ReadEntry(string name, JsonElement value, string source)
    {
        string tensor = $"tensor {Quote(name)}";
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() != 3
            || !value.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || shape.ValueKind != JsonValueKind.Array
            || !value.TryGetProperty("data_offsets", out var offsets) || offsets.ValueKind != JsonValueKind.Array)
            throw Invalid(source, $"{tensor} is not described by just a dtype, a shape and data_offsets");
        int? elementBytes = type.GetString() switch
        {
            "F64" => sizeof(double),
            "F32" => sizeof(float),
            "F16" or "BF16" => sizeof(ushort),
            _ => null,
        };
        if (offsets.GetArrayLength() != 2 || !TryWhole(offsets[0], out long begin) || !TryWhole(offsets[1], out long end) || begin > end)
            throw Invalid(source, $"the data_offsets of {tensor} are not its begin and its end");
        if (shape.GetArrayLength() > MaxRank)
            throw Invalid(source, $"{tensor} has {shape.GetArrayLength()} dimensions, and {MaxRank} is the most");

        int[] sizes = new int[shape.GetArrayLength()];
        long elements = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (!TryWhole(shape[i], out long size) || size > int.MaxValue || (elements *= size) > int.MaxValue)
                throw Invalid(source, $"the shape of {tensor} is not one of whole numbers whose product is at most {int.MaxValue}");
            sizes[i] = (int)size;
        }

        return elementBytes is null || end - begin == elements * elementBytes ? new Entry(name, type.GetString()!, sizes, begin, end)
            : throw Invalid(source, $"{tensor} takes {end - begin} bytes, and its shape {elements * elementBytes}");
    }

    /// <summary>Little-endian elements of a type as floats, each the nearest; none of a type that is not one of floats.</summary>
    private static float[] Floats(string type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case "F64":
                return Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), value => (float)value);
            case "F16":
                return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), value => (float)value);
            // The upper half of a float.
            case "BF16":
                return Array.ConvertAll(
                    MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), value => BitConverter.UInt32BitsToSingle((uint)value << 16));
            case "F32":
                return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            default:
                return [];
        }
    }

    private static bool TryWhole(JsonElement element, out long value)
    {
        value = 0;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value) && value >= 0;
    }

    private byte[] Header()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
                WriteMetadata(json);
            long offset = 0;
            foreach (var tensor in Tensors)
                WriteEntry(json, tensor, ref offset);
            json.WriteEndObject();
        }

        // The tensors begin at a multiple of 8, as the format's own writer has it.
        while (stream.Length % LengthBytes != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private void WriteMetadata(Utf8JsonWriter json)
    {
        json.WriteStartObject(MetadataName);
        foreach (var (name, value) in Metadata)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, NamedTensor tensor, ref long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", "F32");
        json.WriteStartArray("shape");
        foreach (int size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset += sizeof(float) * tensor.Values.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>A tensor as the header describes it.</summary>
    private sealed record Entry(string Name, string Type, int[] Shape, long Begin, long End);
}
