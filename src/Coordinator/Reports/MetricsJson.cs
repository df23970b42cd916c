using System.Text.Encodings.Web;
using System.Text.Json;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Reports;

/// <summary><c>metrics.json</c>: a run in numbers, for programs. A number that is not finite is <c>null</c>, for JSON has none.</summary>
public static class MetricsJson
{
    /// <summary>The file's bytes, UTF-8.</summary>
    public static byte[] Bytes(RunSummary summary)
    {
        using var stream = new MemoryStream();
        // The file is never pasted into a page, so only what JSON itself asks for is escaped.
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
            Write(json, summary);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, RunSummary summary)
    {
        Evaluation test = summary.Test;
        json.WriteStartObject();
        json.WriteString("runId", summary.RunId);
        json.WriteString("started", summary.Started);
        json.WriteString("state", summary.State);
        if (summary.Failure is { } failure)
            json.WriteString("failure", failure);
        json.WriteNumber("steps", summary.Steps);
        json.WriteNumber("totalSteps", summary.TotalSteps);
        json.WritePropertyName("spec");
        using (var spec = JsonDocument.Parse(RunSpecJson.Write(summary.Spec)))
            spec.WriteTo(json);
        json.WriteString("weightsSha256", summary.WeightsSha256);
        WriteNumber(json, "testAccuracy", test.Accuracy);
        WriteNumber(json, "testLoss", test.Loss);
        json.WriteNumber("testImages", test.Count);
        json.WriteNumber("testErrors", test.Misclassified.Count);
        WriteNumber(json, "trainImagesPerSecond", summary.TrainImagesPerSecond);
        WriteNumber(json, "totalSeconds", summary.TotalSeconds);
        WriteEpochs(json, summary.Epochs);
        WriteClasses(json, test.Report, summary.Labels);
        WriteConfusion(json, test.Confusion);
        WriteWarnings(json, summary.Warnings);
        WriteUsage(json, summary.Usage);
        WriteRuntime(json, summary.Runtime);
        json.WriteEndObject();
    }

    private static void WriteEpochs(Utf8JsonWriter json, IReadOnlyList<EpochRecord> epochs)
    {
        json.WriteStartArray("epochs");
        foreach (EpochRecord epoch in epochs)
        {
            json.WriteStartObject();
            json.WriteNumber("epoch", epoch.Epoch + 1);
            WriteNumber(json, "trainLoss", epoch.TrainLoss);
            WriteNumber(json, "trainAccuracy", epoch.TrainAccuracy);
            WriteNumber(json, "validationLoss", epoch.ValidationLoss);
            WriteNumber(json, "validationAccuracy", epoch.ValidationAccuracy);
            WriteNumber(json, "seconds", epoch.Seconds);
            WriteNumber(json, "learningRate", epoch.LearningRate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteClasses(Utf8JsonWriter json, ClassificationReport report, LabelNames names)
    {
        json.WriteStartArray("perClass");
        for (int label = 0; label < report.Classes.Count; label++)
        {
            json.WriteStartObject();
            json.WriteNumber("label", label);
            if (names.All.Count > 0)
                json.WriteString("name", names[label]);
            WriteScores(json, report.Classes[label]);
            json.WriteEndObject();
        }
        json.WriteEndArray();

        json.WriteStartObject("macroAverage");
        WriteScores(json, report.Macro);
        json.WriteEndObject();
        json.WriteStartObject("weightedAverage");
        WriteScores(json, report.Weighted);
        json.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter json, ClassMetrics scores)
    {
        WriteNumber(json, "precision", scores.Precision);
        WriteNumber(json, "recall", scores.Recall);
        WriteNumber(json, "f1", scores.F1);
        json.WriteNumber("support", scores.Support);
    }

    private static void WriteConfusion(Utf8JsonWriter json, ConfusionMatrix confusion)
    {
        json.WriteStartArray("confusion");
        for (int label = 0; label < confusion.Classes; label++)
        {
            json.WriteStartArray();
            for (int predicted = 0; predicted < confusion.Classes; predicted++)
                json.WriteNumberValue(confusion[label, predicted]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteWarnings(Utf8JsonWriter json, IReadOnlyList<RunWarning> warnings)
    {
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
        {
            json.WriteStartObject();
            json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(warning.Kind.ToString()));
            json.WriteString("text", warning.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteUsage(Utf8JsonWriter json, RunCounters usage)
    {
        json.WriteStartObject("cluster");
        json.WriteNumber("terms", usage.Terms);
        json.WriteNumber("steps", usage.Total.Steps);
        json.WriteNumber("repeatedOrders", usage.Total.RepeatedOrders);
        json.WriteNumber("speculativeOrders", usage.Total.SpeculativeOrders);
        json.WriteNumber("speculativeWins", usage.Total.SpeculativeWins);
        json.WriteNumber("stalePushes", usage.Total.StalePushes);
        json.WriteNumber("rejectedPushes", usage.Total.RejectedPushes);
        json.WriteEndObject();
    }

    private static void WriteRuntime(Utf8JsonWriter json, RuntimeInfo runtime)
    {
        json.WriteStartObject("runtime");
        json.WriteString("orchestrator", "orleans");
        json.WriteNumber("silos", runtime.Silos);
        json.WriteNumber("workers", runtime.Workers);
        if (runtime.Step is { } step)
        {
            json.WriteNumber("stepMilliseconds", step.Milliseconds);
            json.WriteNumber("engineMillisecondsPerStep", step.EngineMilliseconds);
            json.WriteNumber("bytesPerStep", step.Bytes);
        }

        json.WriteNumber("processors", runtime.Processors);
        json.WriteString("operatingSystem", runtime.OperatingSystem);
        json.WriteString("dotnet", runtime.DotNet);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
