using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the programs export is what the documentation says, what other parsers read, and what metrics.json tells.</summary>
/// <param name="runs">The runs.</param>
public sealed partial class ScrapeTests(WatchedRuns runs)
{
    // Strict readers of both formats, which are not the exporter's: the client library of Prometheus for Python has them.
    private const string Reader = """
        import sys
        if sys.argv[1] == "open":
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
        else:
            from prometheus_client.parser import text_string_to_metric_families as read
        families = [family for family in read(sys.stdin.read()) if family.name.startswith("mnist_")]
        for family in sorted(families, key=lambda family: family.name):
            labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
            print(family.name, family.type, "help" if family.documentation else "-", ",".join(labels))
        """;

    [Fact]
    public async Task Both_formats_are_read_by_another_parser_and_tell_the_same()
    {
        await runs.Ready();
        foreach (var exposition in runs.Expositions)
        {
            var text = await Read("text", exposition.Text);
            Assert.NotEmpty(text);
            Assert.Equal(string.Join('\n', text), string.Join('\n', await Read("open", exposition.OpenMetrics)));
        }
    }

    [Fact]
    public async Task Promtool_has_no_complaint_about_a_metric_of_ours()
    {
        await runs.Ready();
        foreach (var exposition in runs.Expositions)
        {
            string complaints = await Programs.Feed("promtool", ["check", "metrics"], exposition.Text);
            Assert.DoesNotContain("mnist_", complaints, StringComparison.Ordinal);
            // What cannot be read at all is complained of without a metric's name.
            Assert.DoesNotContain("error while linting", complaints, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_documentation_has_each_metric_with_its_type_and_its_labels()
    {
        await runs.Ready();
        var families = new List<Family>();
        foreach (var exposition in runs.Expositions)
            families.AddRange(await Read("text", exposition.Text));
        var exported = families.GroupBy(family => family.FullName)
            .Select(group => Line(group.Key, group.First().Type, group.SelectMany(family => family.Labels)));
        var documented = Rows().Matches(Repository.Read("docs/watching.md")).Select(row => Line(
            row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value.Split(", ")));
        Assert.Equal(Sorted(exported), Sorted(documented));
        Assert.All(families, family => Assert.True(family.HasHelp, family.Name));
    }

    [Fact]
    public async Task The_documentation_has_the_unit_of_each_metric_that_exports_one()
    {
        await runs.Ready();
        var documented = Rows().Matches(Repository.Read("docs/watching.md"))
            .ToDictionary(row => row.Groups[1].Value, row => row.Groups[4].Value.Trim());
        var exported = runs.Expositions.SelectMany(exposition => Units().Matches(exposition.OpenMetrics))
            .Select(unit => (Name: unit.Groups[1].Value, Unit: unit.Groups[2].Value)).Distinct().ToArray();
        Assert.Contains(exported, metric => metric.Unit == "bytes");
        Assert.All(exported, metric => Assert.Equal(
            metric.Unit, documented.GetValueOrDefault(metric.Name) ?? documented.GetValueOrDefault($"{metric.Name}_total")));
    }

    [Fact]
    public async Task A_silo_tells_two_runs_apart()
    {
        await runs.Ready();
        var told = new List<string>();
        foreach (var exposition in runs.Expositions)
        {
            if (Holds(exposition, runs.Undisturbed) && Holds(exposition, runs.Disturbed))
                told.AddRange((await Read("text", exposition.Text)).Select(family => family.Name));
        }

        Assert.Contains("mnist_worker_images", told);

        static bool Holds(Exposition exposition, string run) => exposition.Text.Contains($"run=\"{run}\"", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_values_that_were_scraped_are_those_of_metrics_json()
    {
        await runs.Ready();
        using var json = runs.Metrics();
        var root = json.RootElement;
        var last = root.GetProperty("epochs").EnumerateArray().Last();
        Assert.Equal(5, root.GetProperty("epochs").GetArrayLength());
        await Same(root, "testLoss", "mnist_run_loss", "dataset=\"test\"");
        await Same(root, "testAccuracy", "mnist_run_accuracy_ratio", "dataset=\"test\"");
        await Same(last, "trainLoss", "mnist_run_loss", "dataset=\"train\"");
        await Same(last, "trainAccuracy", "mnist_run_accuracy_ratio", "dataset=\"train\"");
        await Same(last, "validationLoss", "mnist_run_loss", "dataset=\"validation\"");
        await Same(last, "validationAccuracy", "mnist_run_accuracy_ratio", "dataset=\"validation\"");
        await Same(last, "epoch", "mnist_run_epoch");
        await Same(last, "epoch", "mnist_run_epoch_limit");
        await Same(last, "learningRate", "mnist_run_learning_rate");
        await Same(root, "steps", "mnist_run_step");
        await Same(root, "totalSteps", "mnist_run_step_limit");
        await Same(root, "steps", "mnist_step_duration_seconds_count");
        var cluster = root.GetProperty("cluster");
        await Same(cluster, "terms", "mnist_run_terms_total");
        await Same(cluster, "repeatedOrders", "mnist_orders_repeated_total");
        await Same(cluster, "speculativeOrders", "mnist_orders_speculative_total");
        await Same(cluster, "speculativeWins", "mnist_orders_won_total");
        await Same(cluster, "stalePushes", "mnist_pushes_total", "outcome=\"stale\"");
        await Same(cluster, "rejectedPushes", "mnist_pushes_total", "outcome=\"rejected\"");
        foreach (var scores in root.GetProperty("perClass").EnumerateArray())
        {
            string label = $"class=\"{scores.GetProperty("label").GetInt32()}\"";
            await Same(scores, "precision", "mnist_class_precision_ratio", label);
            await Same(scores, "recall", "mnist_class_recall_ratio", label);
            await Same(scores, "f1", "mnist_class_f1_ratio", label);
        }

        foreach (var (actual, row) in root.GetProperty("confusion").EnumerateArray().Index())
        {
            foreach (var (predicted, images) in row.EnumerateArray().Index())
                Assert.Equal(images.GetDouble(), await Last("mnist_confusion_images", $"actual=\"{actual}\",predicted=\"{predicted}\""));
        }
    }

    private static string Line(string name, string type, IEnumerable<string> labels) =>
        $"{name} {type} {string.Join(", ", labels.Distinct().Order(StringComparer.Ordinal))}";

    private static string Sorted(IEnumerable<string> lines) => string.Join('\n', lines.Order(StringComparer.Ordinal));

    private async Task Same(JsonElement json, string name, string metric, string labels = "")
    {
        double scraped = await Last(metric, labels);
        double told = json.GetProperty(name).GetDouble();
        Assert.True(told == scraped, $"{name} is {told}, and {metric}{{{labels}}} was {scraped} at last.");
    }

    private Task<double> Last(string metric, string labels) =>
        runs.Prometheus.Value($"last_over_time({metric}{{run=\"{runs.Undisturbed}\"{(labels == "" ? "" : ",")}{labels}}}[20m])");

    private static async Task<IReadOnlyList<Family>> Read(string format, string metrics)
    {
        string families = await Programs.Feed(Needs.PrometheusClient(), ["-c", Reader, format], metrics);
        return [.. families.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Family.Parse)];
    }

    [GeneratedRegex(@"^\| `(mnist_\w+)` \| (\w+) \| ([^|]*) \|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"^# UNIT (mnist_\w+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Units();

    private sealed record Family(string Name, string Type, bool HasHelp, string LabelNames)
    {
        public IReadOnlyList<string> Labels => LabelNames.Split(',', StringSplitOptions.RemoveEmptyEntries);

        public string FullName => Type == "counter" ? $"{Name}_total" : Name;

        public static Family Parse(string line)
        {
            string[] words = line.Split(' ');
            Assert.True(words.Length == 4, line);
            return new Family(words[0], words[1], words[2] == "help", words[3]);
        }
    }
}
