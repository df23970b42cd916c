using System.Text.Json;
using MnistDistributed.Coordinator.Reports;

namespace MnistDistributed.Coordinator.Runs;

/// <summary>What the list of runs shows of a run's result, out of the file that <see cref="MetricsJson"/> writes.</summary>
/// <param name="IsDone">Whether the run had come to its end; else it was stopped, and the rest tells of where.</param>
/// <param name="TestAccuracy">Test accuracy, from 0 to 1.</param>
/// <param name="ValidationAccuracy">Validation accuracy after the last epoch; null where the run has none.</param>
/// <param name="Workers">Workers in the end; null if the file does not tell.</param>
public sealed record RunMetrics(bool IsDone, double? TestAccuracy, double? ValidationAccuracy, int? Workers)
{
    private const long MaxBytes = 64 << 20;

    /// <summary>Reads the result in a run's folder.</summary>
    /// <returns>The result; null if there is none yet.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static RunMetrics? Read(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, "metrics.json"));
        if (!file.Exists)
            return null;
        // A pipe has no length either, and would never be read to its end.
        if (file.Length is 0 or > MaxBytes)
            throw JsonFile.Damaged(file.FullName, $"it has {file.Length} bytes");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
            var root = json.RootElement;
            var last = root.GetProperty("epochs").EnumerateArray().LastOrDefault();
            // Before runs could be stopped the file told of none.
            bool isDone = !root.TryGetProperty("state", out var state) || state.GetString() == "done";
            return new RunMetrics(
                isDone,
                Number(root, "testAccuracy"),
                last.ValueKind == JsonValueKind.Undefined ? null : Number(last, "validationAccuracy"),
                (int?)Number(root.GetProperty("runtime"), "workers"));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw JsonFile.Damaged(file.FullName, "it is not the metrics of a run");
        }
    }

    private static double? Number(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.GetDouble() : null;
}
