using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Engine;
using MnistDistributed.Model.Protocol;
using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>One silo process: what it says of itself, to people and to programs.</summary>
public sealed class SiloProcessTests : IDisposable
{
    private readonly ClusterWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Nothing_that_lies_in_its_folder_or_is_set_for_other_programs_shapes_a_silo()
    {
        int other = Ports.Free();
        var environment = Surroundings.Make(_workspace.Folder, other);
        await using var silo = TestSilo.Start("alone", _workspace.Folder, environment, "--data", "data");
        await silo.Ready();
        silo.AssertLog();
        var status = await silo.Status();
        Assert.Equal(("mnist", "localhost"), (status!.ClusterId, status.Clustering));
        using (var client = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(async () =>
                await client.ConnectAsync(IPAddress.Loopback, other, TestContext.Current.CancellationToken));
        }

        // Whoever watches a folder for changes watches all below it, and the system has few watches.
        if (OperatingSystem.IsLinux())
            Assert.DoesNotContain(Directory.GetFiles($"/proc/{silo.Process.Id}/fd"), file => IsWatch(new FileInfo(file)));

        static bool IsWatch(FileInfo file) => file.LinkTarget?.Contains("inotify", StringComparison.Ordinal) == true;
    }

    [Fact]
    public async Task A_silo_says_how_it_is_and_what_it_did()
    {
        // The command line wins over the environment, and the environment over the default.
        var environment = new Dictionary<string, string>
        {
            ["MNIST_NAME"] = "from-environment",
            ["MNIST_WORKERS"] = "2",
            ["MNIST_LOG_FORMAT"] = "json",
            ["MNIST_CLUSTER_ID"] = "ours",
        };
        await using var silo = TestSilo.Start("from-command-line", _workspace.Folder, environment, "--data", "data");
        await silo.Ready();
        Assert.Equal((HttpStatusCode.OK, "live"), await silo.Get("health/live"));

        // Who names another cluster is not let in.
        await using var stranger = _workspace.Train("--cluster", silo.GatewayAddress, "--cluster-id", "theirs", "--wait", "2");
        Assert.Equal(1, await stranger.End());
        Assert.Contains("their cluster and service ids are 'theirs' and 'mnist'", Assert.Single(stranger.Error), StringComparison.Ordinal);
        // On a busy machine it may take a while until the coordinator hears of the one that is there.
        (int Code, string Line) waited = default;
        for (int wait = 2; waited.Line?.Contains("(1 of 2 have reported)", StringComparison.Ordinal) != true; wait *= 2)
        {
            Assert.InRange(wait, 2, 60);
            await using var waiting =
                _workspace.Train("--cluster", silo.GatewayAddress, "--cluster-id", "ours", "--min-silos", "2", "--wait", $"{wait}");
            waited = await waiting.OnlyError();
            Assert.Equal(1, waited.Code);
        }

        await using var train = _workspace.Train("--cluster", silo.GatewayAddress, "--cluster-id", "ours");
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(train));
        var status = await silo.Status();
        Assert.NotNull(status);
        Assert.Equal(
            ("from-command-line", silo.Process.Id, SiloState.Ready, null), (status.Name, status.Pid, status.State, status.Problem));
        Assert.Equal(("localhost", "ours", silo.SiloAddress, silo.GatewayAddress),
            (status.Clustering, status.ClusterId, status.SiloAddress, status.GatewayAddress));
        Assert.Equal((2, _workspace.Digest("data")), (status.Capacity, status.DataDigest));
        Assert.Equal((TrainingProtocol.Version, GradientEngines.NumericsVersion), (status.ProtocolVersion, status.NumericsVersion));
        Assert.InRange(status.MemoryBytes, 1 << 20, long.MaxValue);
        string run = $"run=\"{await ClusterWorkspace.RunOf(train)}\"";
        Assert.Equal(ClusterWorkspace.AllSteps, await silo.Metric("mnist_step_duration_seconds_count", run));
        Assert.Equal(4 * 3500, await silo.Metric("mnist_images_total", run));
        Assert.NotEqual(0, await silo.Metric("mnist_pushes_total", run));
        Assert.NotEqual(0, await silo.Metric("mnist_worker_compute_duration_seconds_sum", run));
        Assert.NotEqual(0, await silo.Metric("mnist_payload_bytes_total", run));

        silo.Process.Signal("TERM");
        Assert.Equal(0, await silo.Process.End());
        Assert.Empty(silo.Process.Error);
        Assert.All(silo.Process.Output, AssertEvent);
        Assert.Contains("was told to end: it hands over and goes", silo.Process.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_of_a_terminal_that_closes_hands_over_and_goes()
    {
        Needs.Unix();
        await using var silo = TestSilo.Start("alone", _workspace.Folder, "--data", "data");
        await silo.Ready();
        silo.Process.Signal("HUP");
        // The system's own, after the shell's.
        silo.Process.Signal("HUP");
        Assert.Equal(129, await silo.Process.End());
        Assert.Contains("was told to end: it hands over and goes", silo.Process.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">/dev/full", "No space left on device")]
    [InlineData(">&-", "it is closed")]
    public async Task A_silo_whose_log_cannot_be_written_works(string redirection, string problem)
    {
        Needs.Linux();
        int gateway = Ports.Free();
        await using var silo = Programs.Redirected("MnistDistributed.Silo.dll", _workspace.Folder, redirection,
            "--silo-port", $"{Ports.Free()}", "--gateway-port", $"{gateway}", "--http-port", $"{Ports.Free()}", "--data", "data");
        Assert.Contains(problem, await silo.Line("Standard output cannot be written"), StringComparison.Ordinal);
        await using var train = _workspace.Train("--cluster", $"127.0.0.1:{gateway}");
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(train));
        silo.Signal("TERM");
        Assert.Equal((0, ""), (await silo.End(), string.Join('\n', silo.Output)));
        Assert.Single(silo.Error);
    }

    [Fact]
    public async Task A_silo_without_its_data_set_lives_but_is_not_ready_and_says_why()
    {
        await using var silo = TestSilo.Start("alone", _workspace.Folder, "--data", "nowhere");
        string line = await silo.Process.Line("The data set cannot be loaded");
        Assert.EndsWith("error The data set cannot be loaded: nowhere: no such folder; it has to hold the IDX files "
            + $"{string.Join(", ", MnistFiles.All)}, raw or .gz.", line, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "live"), await silo.Get("health/live"));
        var (code, problem) = await silo.Get("health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, code);
        Assert.StartsWith("nowhere: no such folder", problem, StringComparison.Ordinal);
        var status = await silo.Status();
        Assert.Equal((SiloState.Loading, problem, null), (status!.State, status.Problem, status.DataDigest));
        silo.AssertLog();

        silo.Process.Signal("TERM");
        Assert.Equal(0, await silo.Process.End());
    }

    private static void AssertEvent(string line)
    {
        using var json = JsonDocument.Parse(line);
        Assert.All(["@t", "@m", "@i"], name => Assert.NotEmpty(json.RootElement.GetProperty(name).GetString()!));
    }
}
