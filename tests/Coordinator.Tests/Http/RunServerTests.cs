using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Coordinator.Runs;
using MnistDistributed.Coordinator.Telemetry;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Tests.Http;

/// <summary>Where a coordinator answers, and what.</summary>
public sealed class RunServerTests
{
    private static readonly RunSpec Spec = new() { TrainingImages = 60_000, DataDigest = new string('a', 64) };

    private static readonly RunSnapshot Running = new()
        { Activity = RunActivity.Running, Step = 1, TotalSteps = 30, Epoch = 1, Epochs = 3, Workers = 2 };

    private readonly StringWriter _output = new() { NewLine = "\n" };

    [Fact]
    public async Task The_first_free_port_is_listened_on_where_none_is_asked_for()
    {
        int first = Ports.Free();
        using var other = Take(first);
        await using var server = new RunServer(new HttpOptions { FirstPort = first });
        server.Listen();
        await server.Begin("a", Meter(), _output);

        string line = _output.ToString();
        int port = int.Parse(line.Split(':', '/')[^2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"Metrics http://127.0.0.1:{port}/metrics\n", line);
        Assert.InRange(port, first + 1, first + HttpOptions.Ports - 1);
        Assert.Equal((HttpStatusCode.OK, "live"), await Get($"http://127.0.0.1:{port}/health/live"));
    }

    [Fact]
    public async Task A_run_goes_on_without_metrics_where_no_port_is_free()
    {
        int first = Ports.Free();
        var others = Enumerable.Range(first, HttpOptions.Ports).Select(Take).ToList();
        await using var server = new RunServer(new HttpOptions { FirstPort = first });
        server.Listen();
        (await server.Begin("a", Meter(), _output)).Progress(Running);
        await server.Linger(_output, CancellationToken.None);
        Assert.Equal($"No port from {first} to {first + HttpOptions.Ports - 1} is free: the run goes on without metrics.\n", $"{_output}");
        others.ForEach(other => other?.Dispose());
    }

    [Fact]
    public async Task Where_somebody_scrapes_a_run_that_is_over_stays_until_the_next_scrape()
    {
        int port = Ports.Free();
        await using var server = new RunServer(new HttpOptions { FirstPort = port });
        server.Listen();
        var observer = await server.Begin("a", Meter(), _output);
        await Get($"http://127.0.0.1:{port}/metrics");
        observer.Progress(Running with { Activity = RunActivity.Done });
        // Stopped or not.
        var lingering = server.Linger(_output, new CancellationToken(canceled: true));
        Assert.False(lingering.IsCompleted);
        Assert.Contains("state=\"done\"} 1", (await Get($"http://127.0.0.1:{port}/metrics")).Text, StringComparison.Ordinal);
        await lingering;
    }

    [Fact]
    public async Task Only_a_scrape_that_begins_after_the_end_is_the_last_one()
    {
        var scrapes = new Scrapes(new FakeTimeProvider());
        Assert.True(scrapes.Next().IsCompleted);
        var early = scrapes.Begin();
        var next = scrapes.Next();
        early();
        Assert.False(next.IsCompleted);
        scrapes.Begin()();
        await next;
    }

    [Fact]
    public void Who_scraped_long_ago_is_not_waited_for()
    {
        var time = new FakeTimeProvider();
        var scrapes = new Scrapes(time);
        scrapes.Begin()();
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(scrapes.Next().IsCompleted);
    }

    [Fact]
    public async Task Nothing_is_said_and_nothing_answers_where_nothing_is_to_be_served()
    {
        await using var server = new RunServer(new HttpOptions { IsServed = false, Linger = TimeSpan.FromHours(1) });
        server.Listen();
        (await server.Begin("a", Meter(), _output)).Progress(Running);
        await server.Linger(_output, CancellationToken.None);
        Assert.Empty(_output.ToString());
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::")]
    public async Task The_address_that_is_asked_for_is_listened_on_or_the_error_says_why_not(string ip)
    {
        var address = new IPEndPoint(IPAddress.Parse(ip), Ports.Free());
        Assert.SkipUnless(ip == "127.0.0.1" || Socket.OSSupportsIPv6, "This test needs IPv6.");
        await using var server = new RunServer(new HttpOptions { Address = address });
        server.Listen();
        await server.Begin("a", Meter(), _output);
        Assert.Equal($"Metrics http://{address}/metrics\n", _output.ToString());
        string reached = ip == "::" ? $"127.0.0.1:{address.Port}" : $"{address}";
        Assert.Equal((HttpStatusCode.OK, "live"), await Get($"http://{reached}/health/live"));

        await using var second = new RunServer(new HttpOptions { Address = address });
        var error = Assert.Throws<IOException>(second.Listen);
        Assert.StartsWith($"--http {address} cannot be listened on (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_a_kind_that_the_system_does_not_have_is_an_error_too()
    {
        await using var server = new RunServer(new HttpOptions { Address = new StrangeAddress() });
        var error = Assert.Throws<IOException>(server.Listen);
        Assert.StartsWith("--http 127.0.0.1:5080 cannot be listened on (", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_run_waits_for_before_it_begins_is_told_with_the_address_ahead()
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        server.Wait("Waiting for a silo.", _output);
        server.Wait("Waiting for silos: 1 of 2 are there.", _output);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Waiting for silos: 1 of 2 are there."), await Get($"{Url()}/health/ready"));
        await server.Begin("a", Meter(), _output);
        Assert.Equal(
            $"Metrics {Url()}/metrics\nWaiting for a silo.\nWaiting for silos: 1 of 2 are there.\n", _output.ToString());
    }

    [Theory]
    [InlineData("It broke.", null)]
    [InlineData("It broke.", RunActivity.Running)]
    [InlineData("The run is done.", RunActivity.Done)]
    public async Task It_is_not_ready_when_nobody_works_at_the_run_any_more_and_a_told_end_holds(string says, RunActivity? activity)
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        string run = $"{Guid.NewGuid():N}";
        var observer = await server.Begin(run, Meter(run), _output);
        if (activity is not null)
            observer.Progress(Running with { Activity = activity.Value });
        server.Fail("It broke.");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, says), await Get($"{Url()}/health/ready"));
        string state = activity == RunActivity.Done ? "done" : "failed";
        Assert.Equal(1, (await Scrape.Of(Url())).One("mnist_run_state", $"run=\"{run}\"", $"state=\"{state}\""));
    }

    [Fact]
    public async Task It_is_ready_while_somebody_works_at_the_run_and_otherwise_says_why_not()
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        var observer = await server.Begin("a", Meter(), _output);
        string url = Url();

        await Expect(HttpStatusCode.ServiceUnavailable, "The run has not begun.");
        observer.Progress(Running);
        await Expect(HttpStatusCode.OK, "ready");
        observer.Progress(Running with { Activity = RunActivity.WaitingForWorkers, Note = "waiting for workers: 1 of 2 are here" });
        await Expect(HttpStatusCode.ServiceUnavailable, "waiting for workers: 1 of 2 are here");
        observer.Progress(Running with { Activity = RunActivity.Paused });
        await Expect(HttpStatusCode.ServiceUnavailable, "The run is paused.");
        observer.Progress(Running);
        observer.Note("All is well.");
        await Expect(HttpStatusCode.OK, "ready");
        observer.Incident(RunIncident.ClusterSilent, "The cluster does not answer.");
        await Expect(HttpStatusCode.ServiceUnavailable, "The cluster does not answer.");
        observer.Progress(Running with { Activity = RunActivity.Failed, Note = "It failed." });
        await Expect(HttpStatusCode.ServiceUnavailable, "It failed.");
        observer.Progress(Running with { Activity = RunActivity.Done });
        await Expect(HttpStatusCode.ServiceUnavailable, "The run is done.");
        Assert.Equal(HttpStatusCode.NotFound, (await Get($"{url}/")).Code);

        async Task Expect(HttpStatusCode code, string text) => Assert.Equal((code, text), await Get($"{url}/health/ready"));
    }

    [Theory]
    [InlineData("text/plain", "text/plain; version=0.0.4;")]
    [InlineData("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0;")]
    public async Task Both_text_formats_are_answered_to_who_accepts_them(string accept, string format)
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        string run = $"{Guid.NewGuid():N}";
        (await server.Begin(run, Meter(run), _output)).Progress(Running);
        var scrape = await Scrape.Of(Url(), accept);
        Assert.StartsWith(format, scrape.Format, StringComparison.Ordinal);
        Assert.Equal(1, scrape.One("mnist_run_step", $"run=\"{run}\""));
        Assert.Equal(0, scrape.One("mnist_checkpoint_writes_total", $"run=\"{run}\"", "outcome=\"failed\""));
        // The scope of a run's meter bears the run, which the series say already.
        Assert.DoesNotContain("otel_scope", scrape.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_what_process_it_is()
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        await server.Begin("a", Meter(), _output);
        var scrape = await Scrape.Of(Url());
        Assert.Equal(1, scrape.One(
            "target_info", "service_name=\"mnist-coordinator\"",
            $"service_instance_id=\"{Environment.MachineName}-{Environment.ProcessId}\""));
        Assert.Matches("""[,{]service_version="\d+\.\d+\.\d+""", scrape.Text);
    }

    [Fact]
    public async Task The_series_of_a_run_go_with_its_meter()
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free() });
        server.Listen();
        await server.Begin("a", Meter(), _output);
        var labels = Enumerable.Range(0, 3).Select(_ => $"{Guid.NewGuid():N}").ToList();
        foreach (string run in labels)
        {
            using var meter = Meter(run);
            meter.Progress(Running);
            meter.CheckpointWritten(new CheckpointWrite(0.1, 1));
            await Until(scrape => scrape.One("mnist_checkpoint_write_duration_seconds_count", $"run=\"{run}\"") == 1);
        }

        await Until(scrape => labels.All(run => scrape.Names($"run=\"{run}\"").Count == 0));

        // An answer is kept for a moment, for whoever asks next.
        async Task Until(Func<Scrape, bool> condition)
        {
            for (int looks = 0; !condition(await Scrape.Of(Url())); looks++)
            {
                Assert.InRange(looks, 0, 500);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task It_lingers_until_it_is_told_to_end()
    {
        await using var server = new RunServer(new HttpOptions { FirstPort = Ports.Free(), Linger = TimeSpan.FromHours(1) });
        server.Listen();
        await server.Begin("a", Meter(), _output);
        using var stop = new CancellationTokenSource();
        var lingering = server.Linger(_output, stop.Token);
        Assert.EndsWith($"\nThe last metrics stay at {Url()}/metrics for 3600 s; Ctrl-C ends that.\n", _output.ToString());
        Assert.Equal((HttpStatusCode.OK, "live"), await Get($"{Url()}/health/live"));
        Assert.False(lingering.IsCompleted);
        await stop.CancelAsync();
        await lingering;

        // Who ended the run by a signal wants to be let go.
        await server.Linger(_output, stop.Token);
        Assert.Equal(2, _output.ToString().Count(character => character == '\n'));
    }

    private static CoordinatorMeter Meter(string run = "a") => new(run, Spec, DateTimeOffset.UtcNow, null, TimeProvider.System);

    private string Url() => _output.ToString().Split('\n')[0]["Metrics ".Length..^"/metrics".Length];

    private static TcpListener? Take(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<(HttpStatusCode Code, string Text)> Get(string url)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(url, TestContext.Current.CancellationToken);
        Assert.Empty(answer.Headers.Server);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private sealed class StrangeAddress() : IPEndPoint(IPAddress.Loopback, 5080)
    {
        public override AddressFamily AddressFamily => AddressFamily.Banyan;
    }
}
