using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>What the programs export is what the documentation says, what other parsers read, and what metrics.json tells.</summary>
/// <param name="runs">The runs.</param>
public sealed partial class ScrapeTests(WatchedRuns runs)
{
    private const string Text = "text/plain; version=0.0.4";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0";

    // Strict readers of both formats, which are not the exporter's: the client library of Prometheus for Python has them.
    private const string Reader = """
        import sys
        if sys.argv[1] == "open":
            from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
        else:
            from prometheus_client.parser import text_string_to_metric_families as read
        for family in read(sys.stdin.read()):
            labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
            print(family.name, family.type, len(family.samples), "help" if family.documentation else "-", ",".join(labels))
        """;

    [Fact]
    public async Task Both_formats_are_read_by_another_parser_and_tell_the_same()
    {
        await runs.Ready();
        Needs.PrometheusClient();
        foreach (var (name, endpoint) in runs.Endpoints)
        {
            var text = await Read("text", await WatchedRuns.Scrape(endpoint, Text));
            var open = await Read("open", await WatchedRuns.Scrape(endpoint, OpenMetrics));
            Assert.Contains(text, family => family.Name.StartsWith("mnist_", StringComparison.Ordinal));
            Assert.True(
                text.Where(IsOurs).OrderBy(family => family.Name, StringComparer.Ordinal)
                    .SequenceEqual(open.Where(IsOurs).OrderBy(family => family.Name, StringComparer.Ordinal)),
                $"{name}:\n{string.Join('\n', text.Where(IsOurs))}\n\n{string.Join('\n', open.Where(IsOurs))}");
        }
    }

    [Fact]
    public async Task Promtool_has_no_complaint_about_a_metric_of_ours()
    {
        await runs.Ready();
        foreach (var endpoint in runs.Endpoints.Values)
        {
            string complaints = await Programs.Feed("promtool", ["check", "metrics"], await WatchedRuns.Scrape(endpoint, Text));
            Assert.DoesNotContain(complaints.Split('\n'), line => line.StartsWith("mnist_", StringComparison.Ordinal) || line.StartsWith("error", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task The_documentation_has_each_metric_with_its_type_and_its_labels()
    {
        await runs.Ready();
        Needs.PrometheusClient();
        var families = new List<Family>();
        foreach (var endpoint in runs.Endpoints.Values)
            families.AddRange((await Read("text", await WatchedRuns.Scrape(endpoint, Text))).Where(IsOurs));
        var exported = families.GroupBy(family => family.FullName)
            .Select(group => $"{group.Key} {group.First().Type} {string.Join(", ", group.SelectMany(family => family.Labels).Distinct().Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
        var documented = Rows().Matches(Repository.Read("docs/watching.md"))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value} {string.Join(", ", LabelNames().Matches(row.Groups[3].Value).Select(label => label.Groups[1].Value).Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(string.Join('\n', exported), string.Join('\n', documented));
        Assert.All(families, family => Assert.True(family.HasHelp, family.Name));
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

    private static bool IsOurs(Family family) => family.Name.StartsWith("mnist_", StringComparison.Ordinal);

    private async Task Same(JsonElement json, string name, string metric, string labels = "")
    {
        double scraped = await Last(metric, labels);
        Assert.True(
            json.GetProperty(name).GetDouble() == scraped, $"{name} is {json.GetProperty(name)}, and {metric}{{{labels}}} was {scraped} at last.");
    }

    private Task<double> Last(string metric, string labels) =>
        runs.Prometheus.Value($"last_over_time({metric}{{run=\"{runs.Undisturbed}\"{(labels == "" ? "" : ",")}{labels}}}[20m])");

    private static async Task<IReadOnlyList<Family>> Read(string format, string metrics)
    {
        string families = await Programs.Feed("python3", ["-c", Reader, format], metrics);
        return [.. families.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Family.Parse)];
    }

    [GeneratedRegex(@"^\| `(mnist_\w+)` \| (\w+) \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex LabelNames();

    private sealed record Family(string Name, string Type, int Samples, bool HasHelp, string LabelNames)
    {
        public IReadOnlyList<string> Labels => LabelNames.Split(',', StringSplitOptions.RemoveEmptyEntries);

        public string FullName => Type == "counter" ? $"{Name}_total" : Name;

        public static Family Parse(string line)
        {
            string[] words = line.Split(' ');
            Assert.True(words.Length == 5, line);
            return new Family(words[0], words[1], int.Parse(words[2], CultureInfo.InvariantCulture), words[3] == "help", words[4]);
        }
    }
}
