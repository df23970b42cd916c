using System.Text.Json;
using System.Text.Json.Nodes;
using MnistDistributed.Coordinator.Reports;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Evaluation;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Reports;

public class MetricsJsonTests
{
    [Fact]
    public void Everything_of_the_run_is_there()
    {
        RunSummary run = Sample.Run(errors: 25);
        using var json = JsonDocument.Parse(MetricsJson.Bytes(run));
        JsonElement root = json.RootElement;

        Assert.Equal("sample-run", root.GetProperty("runId").GetString());
        Assert.Equal(run.Spec, RunSpecJson.Read(root.GetProperty("spec").GetRawText(), "metrics.json"));
        Assert.Equal(Sample.WeightsSha256, root.GetProperty("weightsSha256").GetString());
        Assert.Equal(0.975, root.GetProperty("testAccuracy").GetDouble());
        Assert.Equal(run.Test.Loss, root.GetProperty("testLoss").GetDouble());
        Assert.Equal(5312.25, root.GetProperty("trainImagesPerSecond").GetDouble());
        Assert.Equal(61.5, root.GetProperty("totalSeconds").GetDouble());
        Assert.Equal(run.Started, root.GetProperty("started").GetDateTimeOffset());

        JsonElement second = root.GetProperty("epochs")[1];
        Assert.Equal(3, root.GetProperty("epochs").GetArrayLength());
        Assert.Equal(2, second.GetProperty("epoch").GetInt32());
        Assert.Equal(0.125, second.GetProperty("trainLoss").GetDouble());
        Assert.Equal(0.96875, second.GetProperty("trainAccuracy").GetDouble());
        Assert.Equal(0.0625, second.GetProperty("validationLoss").GetDouble());
        Assert.Equal(0.984375, second.GetProperty("validationAccuracy").GetDouble());
        Assert.Equal(10.5, second.GetProperty("seconds").GetDouble());

        Assert.Equal(10, root.GetProperty("perClass").GetArrayLength());
        ClassMetrics four = run.Test.Report.Classes[4];
        JsonElement fourth = root.GetProperty("perClass")[4];
        Assert.Equal(four.Precision, fourth.GetProperty("precision").GetDouble());
        Assert.Equal(four.Recall, fourth.GetProperty("recall").GetDouble());
        Assert.Equal(four.F1, fourth.GetProperty("f1").GetDouble());
        Assert.Equal(four.Support, fourth.GetProperty("support").GetInt32());

        for (int label = 0; label < 10; label++)
            Assert.Equal(Enumerable.Range(0, 10).Select(k => run.Test.Confusion[label, k]),
                root.GetProperty("confusion")[label].EnumerateArray().Select(count => count.GetInt32()));

        JsonElement runtime = root.GetProperty("runtime");
        Assert.Equal("orleans", runtime.GetProperty("orchestrator").GetString());
        Assert.Equal(3, runtime.GetProperty("silos").GetInt32());
        Assert.Equal(5, runtime.GetProperty("workers").GetInt32());
    }

    [Fact]
    public void A_run_that_was_stopped_and_what_happened_on_the_way_are_there()
    {
        RunSummary run = Sample.Run(errors: 1) with
        {
            IsStopped = true,
            Warnings = [new RunWarning(RunIncident.OutputLost, "Nobody reads it.")],
            Steps = 431,
            Usage = new RunCounters(2, new()
                { RepeatedOrders = 3, SpeculativeOrders = 4, SpeculativeWins = 5, StalePushes = 6, RejectedPushes = 7 }),
        };
        JsonNode root = JsonNode.Parse(MetricsJson.Bytes(run))!;
        Assert.Equal("stopped", (string?)root["state"]);
        Assert.Equal((431, 1290), ((int)root["steps"]!, (int)root["totalSteps"]!));
        Assert.Equal("""[{"kind":"outputLost","text":"Nobody reads it."}]""", root["warnings"]!.ToJsonString());
        JsonNode cluster = root["cluster"]!;
        string[] names = ["terms", "repeatedOrders", "speculativeOrders", "speculativeWins", "stalePushes", "rejectedPushes"];
        Assert.Equal([2, 3, 4, 5, 6, 7], names.Select(name => (int)cluster[name]!));
        Assert.Equal("done", (string?)JsonNode.Parse(MetricsJson.Bytes(Sample.Run(errors: 1)))!["state"]);
    }

    [Fact]
    public void What_is_not_a_number_is_null()
    {
        RunSummary run = Sample.Run(errors: 1, validation: 0) with
        {
            Test = Evaluation.From([.. Enumerable.Repeat(float.NaN, 10)], [3]),
            TrainImagesPerSecond = double.PositiveInfinity,
        };
        JsonNode root = JsonNode.Parse(MetricsJson.Bytes(run))!;

        Assert.True(root.AsObject().ContainsKey("testLoss"));
        Assert.Null(root["testLoss"]);
        Assert.Null(root["trainImagesPerSecond"]);
        Assert.True(root["epochs"]![0]!.AsObject().ContainsKey("validationLoss"));
        Assert.Null(root["epochs"]![0]!["validationLoss"]);
    }
}
