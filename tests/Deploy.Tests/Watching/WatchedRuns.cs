using System.Text.Json;
using MnistDistributed.Grains.Hosting;

[assembly: AssemblyFixture(typeof(MnistDistributed.Deploy.Tests.Watching.WatchedRuns))]

namespace MnistDistributed.Deploy.Tests.Watching;

/// <summary>
/// Two real runs on three silo processes, watched by a Prometheus as people set it up: one that nothing happens to, and one that loses a
/// silo, is scaled, and whose parameter server moves. They are trained once, for all tests.
/// </summary>
public sealed class WatchedRuns : IAsyncDisposable
{
    private const int Epochs = 5;

    // It is stopped when all has happened.
    private const int DisturbedEpochs = 1000;

    private static readonly HttpClient Http = new();

    private readonly Workspace _workspace = new();
    private readonly List<WatchedSilo> _silos = [];
    private readonly List<IAsyncDisposable> _processes = [];
    private readonly Lazy<Task> _ready;
    private PrometheusServer? _prometheus;
    private string _redis = "";

    public WatchedRuns() => _ready = new Lazy<Task>(Train);

    /// <summary>The run that nothing happened to.</summary>
    public string Undisturbed { get; private set; } = "";

    /// <summary>The run that things happened to.</summary>
    public string Disturbed { get; private set; } = "";

    /// <summary>What each program exported when the undisturbed run was done, and in the midst of the other one.</summary>
    internal List<Exposition> Expositions { get; } = [];

    /// <summary>Where it is scraped.</summary>
    internal PrometheusServer Prometheus => _prometheus!;

    /// <summary>Makes sure that both runs are over, and that all of it was scraped.</summary>
    public async Task<WatchedRuns> Ready()
    {
        Needs.Prometheus();
        Needs.Redis();
        await _ready.Value;
        return this;
    }

    /// <summary>The undisturbed run's metrics.json.</summary>
    public JsonDocument Metrics() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(_workspace.InFolder("runs"), Undisturbed, "metrics.json")));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
            await process.DisposeAsync();
        _workspace.Dispose();
    }

    private async Task Train()
    {
        SmallData.Write(_workspace.InFolder("watched"), training: 20_000, test: 2_000);
        int redisPort = Ports.Free();
        _redis = $"127.0.0.1:{redisPort}";
        var redis = Add(ProgramProcess.Start("redis-server", _workspace.Folder,
            ["--port", $"{redisPort}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]));
        await redis.Line("Ready to accept connections");
        foreach (string name in (string[])["silo-1", "silo-2", "silo-3"])
            _silos.Add(Start(name, "watched"));
        int broken = Ports.Free();
        var coordinators = new[] { Ports.Free(), Ports.Free() };
        _prometheus = Add(await PrometheusServer.Start(_workspace.Folder, coordinators, [.. _silos.Select(silo => silo.HttpPort), broken]));
        await Task.WhenAll(_silos.Select(silo => silo.Process.Line("Data set ")));

        (Undisturbed, var first) = await Begin(Epochs, coordinators[0]);
        string of = $"run=\"{Undisturbed}\"";
        await Prometheus.Until(
            $$"""(mnist_run_state{ {{of}},state="done"} == 1) and on() count(mnist_confusion_images{ {{of}} }) == 100""", first);
        foreach (int port in (int[])[coordinators[0], .. _silos.Select(silo => silo.HttpPort)])
            Expositions.Add(await Exposition.Of(port));

        // What silos measured of a run goes a while after it; only the first keeps it for long.
        await Prometheus.Until($$"""absent(mnist_worker_images_total{ {{of}},job="mnist-silo",worker!~"silo-1/.*" })""", first);

        (Disturbed, var second) = await Begin(DisturbedEpochs, coordinators[1]);
        await Prometheus.Until(Workers("working", 3), second);
        // It has both runs: it keeps the series of the first one for long.
        Expositions.Add(await Exposition.Of(_silos[0].HttpPort));
        await Disturb(second);
        Expositions.Add(await Exposition.Of(coordinators[1]));
        await Run("stop", $"runs/{Disturbed}");
        await Prometheus.Until($$"""mnist_run_state{run="{{Disturbed}}",state="stopped"} == 1""", second);
        // A silo that has no data set is up and not ready, and without Redis nobody knows who is a member.
        Start("silo-4", "nowhere", broken);
        await Prometheus.Until("mnist_silo_ready == 0");
        redis.Signal("STOP");
        await Prometheus.Until("mnist_silo_member == 0");
        redis.Signal("CONT");
        await Prometheus.Until("count(mnist_silo_peers) == 2 and count(mnist_silo_member == 1) == 2");
    }

    private async Task<(string Run, ProgramProcess Train)> Begin(int epochs, int http)
    {
        var train = Add(_workspace.Start(
            "train", "--redis", _redis, "--min-silos", "3", "--epochs", $"{epochs}", "--validation", "500", "--data", "watched",
            "--http", $"127.0.0.1:{http}", "--linger", "600"));
        string line = await train.Line("Run ");
        return (line["Run ".Length..line.IndexOf(':', StringComparison.Ordinal)], train);
    }

    /// <summary>Ends a silo without a word, wants fewer workers, and tells the silo with the parameter server to end.</summary>
    private async Task Disturb(ProgramProcess train)
    {
        await Prometheus.Until(Workers("working", 3), train);
        var server = await Server(train);
        var lost = _silos.First(silo => silo != server);
        lost.Process.Signal("KILL");
        await Prometheus.Until($$"""mnist_run_incidents_total{run="{{Disturbed}}",kind="worker_lost"} > 0""", train);
        await Prometheus.Until(Workers("working", 2), train);
        await Run("scale", $"runs/{Disturbed}", "--workers", "2");
        await Prometheus.Until(Workers("wanted", 2), train);
        server.Process.Signal("TERM");
        await Prometheus.Until($$"""mnist_run_terms_total{run="{{Disturbed}}"} > 1""", train);
        await Prometheus.Until(Workers("working", 1), train);
    }

    private async Task Run(params string[] arguments)
    {
        var (code, output, error) = await _workspace.Run(arguments);
        Assert.True(code == 0, output + error);
    }

    private string Workers(string kind, int count) => $$"""mnist_run_workers{run="{{Disturbed}}",kind="{{kind}}"} == {{count}}""";

    private async Task<WatchedSilo> Server(ProgramProcess train)
    {
        while (true)
        {
            Assert.True(train.IsRunning, train.Said);
            foreach (var silo in _silos)
            {
                var status = JsonSerializer.Deserialize<SiloReport>(
                    await Http.GetStringAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/status")), SiloReport.Json)!;
                if (status.ParameterServers.Contains(Disturbed))
                    return silo;
            }
        }
    }

    private WatchedSilo Start(string name, string data, int? http = null)
    {
        int port = http ?? Ports.Free();
        return new WatchedSilo(name, port, Add(Programs.Silo(
            _workspace.Folder,
            [
                "--name", name, "--silo-port", $"{Ports.Free()}", "--gateway-port", $"{Ports.Free()}", "--http-port", $"{port}",
                "--redis", _redis, "--data", data, "--workers", "1", "--linger", name == "silo-1" ? "600" : "10",
            ])));
    }

    private T Add<T>(T process)
        where T : IAsyncDisposable
    {
        _processes.Add(process);
        return process;
    }

    private sealed record WatchedSilo(string Name, int HttpPort, ProgramProcess Process);
}
