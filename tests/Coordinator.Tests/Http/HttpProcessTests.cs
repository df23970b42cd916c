using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Tests.Http;

/// <summary>A training that is watched from outside, with the program as a person runs it.</summary>
public sealed class HttpProcessTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task The_last_values_are_those_of_the_runs_files_and_stay_until_a_signal_ends_the_lingering()
    {
        Needs.Unix();
        // Nothing that lies in the folder or is set for other servers shapes this one.
        int port = Ports.Free(), other = Ports.Free();
        var environment = Surroundings.Make(_workspace.Folder, other);
        await using var train = Programs.Coordinator(_workspace.Folder, [
            "train", "--validation", "500", "--data", "data", "--epochs", "2", "--workers", "2", "--silos", "2",
            "--http", $"localhost:{port}", "--linger", "86400"], environment);
        string url = $"http://127.0.0.1:{port}";
        await train.Line($"Metrics {url}/metrics");
        await train.Line($"The last metrics stay at {url}/metrics for 86400 s; Ctrl-C ends that.");

        // The run is over for everybody else: its folder is free.
        string folder = _workspace.RunIn("runs");
        RunFolder.Open(folder).Dispose();
        using (var client = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(async () =>
                await client.ConnectAsync(IPAddress.Loopback, other, TestContext.Current.CancellationToken));
        }

        // What is gone is told once more by the next collection; an answer is kept for a moment, for whoever asks next.
        var first = await Scrape.Of(url);
        Scrape scrape;
        do
            scrape = await Scrape.Of(url);
        while (scrape.All("mnist_checkpoint_age_seconds")[0] == first.All("mnist_checkpoint_age_seconds")[0]);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "metrics.json")));
        AssertSame(scrape, Path.GetFileName(folder), json.RootElement);

        train.Signal("TERM");
        Assert.Equal(0, await train.End());
        Assert.Empty(train.Error);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_one_line_and_exit_code_1_before_anything_is_begun()
    {
        int port = Ports.Free();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        await using var train = _workspace.Train("--http", $"127.0.0.1:{port}");
        var (code, line) = await train.OnlyError();
        Assert.Equal(1, code);
        Assert.Matches($@"^--http 127\.0\.0\.1:{port} cannot be listened on \(.+\): give another address\.$", line);
        Assert.Empty(train.Output);
        Assert.False(Directory.Exists(_workspace.InFolder("runs")));
    }

    [Fact]
    public async Task Without_HTTP_nothing_is_said_of_it_and_with_it_a_run_ends_as_soon_as_it_is_over()
    {
        await using var without = _workspace.Train("--no-http");
        Assert.Equal(0, await without.End());
        Assert.DoesNotContain(without.Output, line => line.Contains("http", StringComparison.Ordinal));

        await using var with = _workspace.Train();
        Assert.Equal(0, await with.End());
        Assert.Single(with.Output, line => Regex.IsMatch(line, @"^Metrics http://127\.0\.0\.1:50[89]\d/metrics$"));
        Assert.DoesNotContain(with.Output, line => line.StartsWith("The last metrics", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_is_stopped_by_a_signal_does_not_linger()
    {
        Needs.Unix();
        await using var train = _workspace.Train("--epochs", "50", "--http", $"127.0.0.1:{Ports.Free()}", "--linger", "86400");
        await train.Line("epoch 1 done");
        train.Signal("INT");
        Assert.Equal(130, await train.End());
    }

    [Fact]
    public async Task A_collector_that_is_named_is_pushed_to_also_without_HTTP()
    {
        await using var collector = new OtlpCollector();
        var environment = collector.Environment;
        environment["OTEL_SERVICE_NAME"] = "a-name-of-ours";
        environment["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=an-instance-of-ours,team=digits";
        environment["OTEL_TRACES_SAMPLER"] = "always_on";
        await using var train = Programs.Coordinator(
            _workspace.Folder, ["train", "--validation", "500", "--data", "data", "--epochs", "1000", "--no-http"], environment);
        await train.Line("epoch 1 done");
        var stop = await _workspace.Run("stop", _workspace.RunIn("runs"));
        Assert.Equal(0, stop.Code);
        Assert.Equal(0, await train.End());
        foreach (string path in (string[])["/v1/metrics", "/v1/logs", "/v1/traces"])
        {
            Assert.All(["a-name-of-ours", "an-instance-of-ours", "digits"],
                text => Assert.Contains(text, collector.Got(path), StringComparison.Ordinal));
        }

        string run = Path.GetFileName(_workspace.RunIn("runs"));
        Assert.Contains("mnist.run.state", collector.Got("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains("mnist.step.duration", collector.Got("/v1/metrics"), StringComparison.Ordinal);
        Assert.Contains($"Run {run}: Stopping after the step in progress", collector.Got("/v1/logs"), StringComparison.Ordinal);
        Assert.Contains("open term", collector.Got("/v1/traces"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_is_no_reason_for_a_run_to_fail()
    {
        await using var train = Programs.Coordinator(
            _workspace.Folder, ["train", "--validation", "500", "--data", "data", "--no-http"],
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Ports.Free()}" });
        Assert.Equal(0, await train.End());
        Assert.Empty(train.Error);
    }

    [Fact]
    public async Task A_collector_that_never_answers_holds_the_end_up_for_one_push_at_most()
    {
        await using var collector = new OtlpCollector(answers: false);
        var environment = collector.Environment;
        environment["OTEL_TRACES_SAMPLER"] = "always_on";
        // Nothing is pushed before the end, and then metrics, traces and logs are to be.
        foreach (string interval in (string[])["OTEL_METRIC_EXPORT_INTERVAL", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"])
            environment[interval] = "86400000";
        await using var train = Programs.Coordinator(
            _workspace.Folder, ["train", "--validation", "500", "--data", "data", "--epochs", "2", "--no-http"], environment);
        Assert.Equal(0, await train.End());
        Assert.InRange(collector.Paths.Count, 0, 1);
        Assert.Empty(train.Error);
    }

    [Fact]
    public async Task Who_scrapes_leaves_no_lines_at_the_collector()
    {
        Needs.Unix();
        await using var collector = new OtlpCollector();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        await using var train = Programs.Coordinator(
            _workspace.Folder,
            ["train", "--validation", "500", "--data", "data", "--epochs", "50", "--http", url["http://".Length..]], collector.Environment);
        await train.Line("epoch 1 done");
        await Scrape.Of(url);
        train.Signal("INT");
        Assert.Equal(130, await train.End());
        Assert.Contains("Stopping after the step in progress", collector.Got("/v1/logs"), StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft", collector.Got("/v1/logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_cannot_start_leaves_no_port_that_never_answers()
    {
        Needs.Unix();
        int port = Ports.Free();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Ports.Free()}",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "not a header",
            // So much that the garbage collector does not close a socket that was forgotten.
            ["DOTNET_GCgen0size"] = "0x20000000",
        };
        await using var train = Programs.Coordinator(
            _workspace.Folder,
            ["train", "--validation", "500", "--data", "data", "--cluster", $"127.0.0.1:{Ports.Free()}", "--http", $"127.0.0.1:{port}"],
            environment);
        await train.Line("Waiting for a silo of");
        for (int looks = 0; await IsOpen(); looks++)
        {
            Assert.InRange(looks, 0, 500);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        train.Signal("INT");
        Assert.Equal(130, await train.End());

        async Task<bool> IsOpen()
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_collector_for_metrics_alone_is_not_taken_for_one_for_all()
    {
        await using var collector = new OtlpCollector();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = $"{collector.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]}/v1/metrics",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };
        await using var train = Programs.Coordinator(
            _workspace.Folder, ["train", "--validation", "500", "--data", "data", "--no-http"], environment);
        Assert.Equal(0, await train.End());
        Assert.Empty(collector.Paths);
    }

    [Fact]
    public async Task What_a_run_waits_for_is_told_from_the_first_second_on()
    {
        Needs.Unix();
        string url = $"http://127.0.0.1:{Ports.Free()}", cluster = $"127.0.0.1:{Ports.Free()}";
        await using var train = _workspace.Train("--cluster", cluster, "--http", url["http://".Length..]);
        await train.Line("Waiting for a silo of");
        Assert.Equal($"Metrics {url}/metrics", train.Output[0]);
        using var client = new HttpClient();
        using var health = await client.GetAsync($"{url}/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(
            $"Waiting for a silo of --cluster {cluster} to answer ...",
            await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        train.Signal("INT");
        Assert.Equal(130, await train.End());
    }

    [Fact]
    public async Task A_run_that_another_coordinator_has_taken_over_has_failed_here()
    {
        Needs.Unix();
        string url = $"http://127.0.0.1:{Ports.Free()}";
        await using var train = _workspace.Train("--epochs", "1000", "--http", url["http://".Length..], "--linger", "86400");
        await train.Line("epoch 1 done");
        JsonFile.Write(RunOwner.FileIn(_workspace.RunIn("runs")), RunOwner.New(TimeProvider.System));
        await train.Line($"The last metrics stay at {url}/metrics");
        string why = train.Error[^1];
        Assert.EndsWith("another coordinator has taken the run over.", why, StringComparison.Ordinal);
        Assert.Equal(1, (await Scrape.Of(url)).One("mnist_run_state", "state=\"failed\""));
        using var client = new HttpClient();
        using var health = await client.GetAsync($"{url}/health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(why, await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        train.Signal("INT");
        Assert.Equal(1, await train.End());
    }

    private static void AssertSame(Scrape scrape, string run, JsonElement json)
    {
        Assert.Equal(1, scrape.One("target_info", "service_name=\"mnist-coordinator\""));
        Assert.Equal(1, scrape.One("mnist_run_state", Run(), "state=\"done\""));
        Assert.Equal(1, scrape.All("mnist_run_state", Run()).Sum());
        var last = json.GetProperty("epochs").EnumerateArray().Last();
        Assert.Equal(
            (Number(last, "trainLoss"), Number(last, "validationLoss"), Number(json, "testLoss")),
            (Of("mnist_run_loss", "train"), Of("mnist_run_loss", "validation"), Of("mnist_run_loss", "test")));
        Assert.Equal(
            (Number(last, "trainAccuracy"), Number(last, "validationAccuracy"), Number(json, "testAccuracy")),
            (Accuracy("train"), Accuracy("validation"), Accuracy("test")));
        Assert.Equal(Number(last, "learningRate"), One("mnist_run_learning_rate"));
        Assert.Equal((Number(json, "steps"), Number(json, "totalSteps")), (One("mnist_run_step"), One("mnist_run_step_limit")));
        Assert.Equal((2, 2), (One("mnist_run_epoch"), One("mnist_run_epoch_limit")));
        Assert.Equal(Number(json.GetProperty("cluster"), "terms"), One("mnist_run_terms_total"));
        Assert.Equal((2, 2, 2), (Workers("wanted"), One("mnist_run_silos", "kind=\"offered\""), Workers("working")));
        Assert.InRange(One("mnist_run_gradient_norm")!.Value, double.Epsilon, double.MaxValue);
        Assert.Equal(11, scrape.All("mnist_run_incidents_total", Run()).Count);

        double writes = One("mnist_checkpoint_writes_total", "outcome=\"written\"")!.Value;
        Assert.InRange(writes, 3, double.MaxValue);
        Assert.Equal((writes, 0),
            (One("mnist_checkpoint_write_duration_seconds_count"), One("mnist_checkpoint_writes_total", "outcome=\"failed\"")));
        Assert.InRange(One("mnist_checkpoint_size_bytes")!.Value, 1 << 20, 1 << 30);
        Assert.Equal((2, 1),
            (Of("mnist_evaluation_duration_seconds_count", "validation"), Of("mnist_evaluation_duration_seconds_count", "test")));

        foreach (var scores in json.GetProperty("perClass").EnumerateArray())
        {
            string label = $"class=\"{Number(scores, "label")}\"";
            Assert.Equal((Number(scores, "precision"), Number(scores, "recall"), Number(scores, "f1")),
                (One("mnist_class_precision_ratio", label), One("mnist_class_recall_ratio", label), One("mnist_class_f1_ratio", label)));
        }

        foreach (var (actual, row) in json.GetProperty("confusion").EnumerateArray().Index())
        {
            foreach (var (predicted, count) in row.EnumerateArray().Index())
            {
                Assert.Equal(count.GetDouble(),
                    One("mnist_confusion_images", $"actual=\"{actual}\"", $"predicted=\"{predicted}\""));
            }
        }

        // The silos are gone with the run; what they measured stays as long as the rest.
        Assert.Equal(2 * 3500, One("mnist_images_total"));
        Assert.Equal(Number(json, "steps"), One("mnist_step_duration_seconds_count"));
        Assert.Equal(2, scrape.All("mnist_worker_images_total", Run()).Count);

        string Run() => $"run=\"{run}\"";
        double? One(string name, params string[] labels) => scrape.One(name, [Run(), .. labels]);
        double? Of(string name, string dataset) => One(name, $"dataset=\"{dataset}\"");
        double? Accuracy(string dataset) => Of("mnist_run_accuracy_ratio", dataset);
        double? Workers(string kind) => One("mnist_run_workers", $"kind=\"{kind}\"");
        static double? Number(JsonElement element, string name) => element.GetProperty(name).GetDouble();
    }
}
