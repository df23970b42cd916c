using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MnistDistributed.Model;
using MnistDistributed.Model.Storage;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>
/// Small JSON files that the processes around a run write for each other:
/// camelCase, enums by name, every member demanded, no other allowed.
/// </summary>
public static class JsonFile
{
    private const int MaxBytes = 64 << 10;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        MaxDepth = 8,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Writes a value, whole or not at all.</summary>
    /// <exception cref="IOException">The disk or the folder cannot take it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be written.</exception>
    public static void Write<T>(string path, T value) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, value, Options));

    /// <summary>Reads a value.</summary>
    /// <returns>The value; null if there is no such file.</returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it and says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static T? Read<T>(string path)
        where T : class
    {
        if (ReadBytes(path) is not { } bytes)
            return null;
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Options) ?? throw Damaged(path, "it is null");
        }
        catch (JsonException e)
        {
            throw Damaged(path, OneLine.Brief(e.Message).TrimEnd('.'));
        }
    }

    /// <summary>The error for a file whose content cannot be.</summary>
    public static InvalidDataException Damaged(string path, string problem) => new($"{path} is damaged: {problem}.");

    /// <summary>Reads a small file's text. A pipe, which would never end, counts as damaged.</summary>
    /// <returns>The text; null if there is no such file.</returns>
    /// <exception cref="InvalidDataException">The file is empty or far too large; the message names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static string? ReadText(string path) =>
        ReadBytes(path) is { } bytes ? new StreamReader(new MemoryStream(bytes)).ReadToEnd() : null;

    private static byte[]? ReadBytes(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return null;
        // Pipes and devices have no length either, and would never be read to their end.
        if (file.Length is 0 or > MaxBytes)
            throw Damaged(path, $"it has {file.Length} bytes, and should have 1 to {MaxBytes}");
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[file.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (EndOfStreamException)
        {
            throw Damaged(path, "it is cut short");
        }
    }
}
