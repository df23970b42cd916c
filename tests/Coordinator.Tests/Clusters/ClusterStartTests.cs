using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary>Starting and ending silos, step by step, with fake ones.</summary>
[Collection(nameof(FakeSilos))]
public sealed class ClusterStartTests : IDisposable
{
    private readonly ClusterSandbox _sandbox = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("FAKE_SILO", null);
        _sandbox.Dispose();
        _output.Dispose();
    }

    [Theory]
    [InlineData("hang", "The data set cannot be had")]
    [InlineData("stranger", "is not silo-1 (process ")]
    public async Task A_silo_that_is_not_ready_in_time_fails_the_start_and_is_ended(string conduct, string why)
    {
        Needs.Unix();
        using var start = Start(new LocalClusterOptions { Silos = 1 }, $"silo-1={conduct}");
        var run = start.Run(CancellationToken.None);
        await Answers(run);
        _time.Advance(TimeSpan.FromSeconds(121));

        string message = (await Assert.ThrowsAsync<ClusterException>(() => run)).Message;
        Assert.StartsWith(
            $"silo-1 was not ready within 120 s (log {_sandbox.Folder.Log("silo-1.log")}): ", message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
        Assert.Null(ProcessTable.StartOf(Assert.Single(_sandbox.Pids)));
        Assert.Null(_sandbox.Folder.Read());
    }

    [Fact]
    public async Task A_silo_that_does_not_end_after_a_failed_start_is_killed()
    {
        Needs.Unix();
        using var start =
            Start(new LocalClusterOptions { Silos = 2, EndWithin = TimeSpan.FromMilliseconds(200) }, "silo-1=stubborn,silo-2=die");

        await Assert.ThrowsAsync<ClusterException>(() => start.Run(CancellationToken.None));

        int silo = _sandbox.Pids.Single(pid => _sandbox.ArgumentsOf("silo-1").Contains($"process {pid}:", StringComparison.Ordinal));
        Assert.EndsWith(
            $"silo-1 (process {silo}) did not end within 0.2 s and was killed.", _output.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Null(ProcessTable.StartOf(silo));
    }

    [Fact]
    public async Task A_silo_that_does_not_end_when_it_is_asked_is_killed_and_named()
    {
        Needs.Unix();
        using var start = Start(new LocalClusterOptions { Silos = 2 }, "silo-2=stubborn");
        var cluster = await start.Run(CancellationToken.None);

        var ended = await ClusterEnd.Run(cluster, TimeSpan.FromMilliseconds(200), CancellationToken.None);

        Assert.Equal(2, ended.Count);
        Assert.Contains(cluster.Silos[1], ended.Killed);
        Assert.All(_sandbox.Pids, pid => Assert.Null(ProcessTable.StartOf(pid)));
    }

    [Fact]
    public async Task The_primary_ends_last()
    {
        Needs.Unix();
        using var start = Start(new LocalClusterOptions { Silos = 2 }, "silo-2=stubborn");
        var cluster = await start.Run(CancellationToken.None);
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ClusterEnd.Run(cluster, TimeSpan.FromSeconds(20), stop.Token));

        // It waits for the other one, so nobody has asked the primary yet.
        Assert.DoesNotContain("silo-1 ends", await File.ReadAllTextAsync(
            _sandbox.Folder.Log("silo-1.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.True(cluster.Silos[0].IsRunning);
    }

    [Fact]
    public async Task A_process_that_has_got_a_silos_number_is_left_alone()
    {
        Needs.Unix();
        using var bystander = Process.Start("sleep", "600");
        var cluster = Record(bystander.Id, started: "another time");
        _sandbox.Folder.Write(cluster);

        Assert.Equal((0, "Ended 0 silos, 1 had ended before; the logs are in cluster"), await Down());
        Assert.Null(_sandbox.Folder.Read());
        Assert.False(bystander.HasExited);

        // The same record with the right start ends it.
        _sandbox.Folder.Write(Record(bystander.Id, ProcessTable.StartOf(bystander.Id)!));
        Assert.Equal((0, "Ended 1 silo; the logs are in cluster"), await Down());
        await bystander.WaitForExitAsync(TestContext.Current.CancellationToken);

        async Task<(int, string)> Down() => await _sandbox.Run(["cluster", "down"]) is var (code, output, _) ? (code, output) : default;
    }

    [Fact]
    public async Task A_dead_process_that_nobody_has_asked_for_does_not_run()
    {
        Needs.Unix();
        Needs.Linux();
        // The shell turns into a program that knows nothing of its child.
        using var parent =
            Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "sh -c 'echo $$' & exec sleep 600"]) { RedirectStandardOutput = true })!;
        int child = int.Parse((await parent.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!);
        while (!(await File.ReadAllTextAsync($"/proc/{child}/stat", TestContext.Current.CancellationToken)).Contains(
            ") Z ", StringComparison.Ordinal))
            await Task.Delay(10, TestContext.Current.CancellationToken);

        Assert.Null(ProcessTable.StartOf(child));
        Assert.NotNull(ProcessTable.StartOf(parent.Id));
        parent.Kill();
    }

    [Fact]
    public void A_port_in_use_is_passed_over_and_none_is_given_twice()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int taken = ((IPEndPoint)listener.LocalEndpoint).Port;
        var ports = new FreePorts();

        int first = ports.Next(taken), second = ports.Next(taken);

        Assert.True(taken < first && first < second, $"{taken} {first} {second}");
    }

    [Fact]
    public void The_silos_program_is_beside_this_one_or_where_a_build_puts_it()
    {
        string own = Directory.CreateDirectory(_sandbox.InHome("bin/Coordinator/release")).FullName;
        string sibling = Directory.CreateDirectory(_sandbox.InHome("bin/Silo/release")).FullName;
        string message = Assert.Throws<ClusterException>(() => SiloProgram.Find(own + Path.DirectorySeparatorChar)).Message;
        Assert.Contains(own, message, StringComparison.Ordinal);
        Assert.Contains(sibling, message, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(sibling, "MnistDistributed.Silo.dll"), "");
        Assert.Equal(Path.Combine(sibling, "MnistDistributed.Silo.dll"), SiloProgram.Find(own + Path.DirectorySeparatorChar).File);
        File.WriteAllText(Path.Combine(own, "MnistDistributed.Silo.dll"), "");
        Assert.Equal(Path.Combine(own, "MnistDistributed.Silo.dll"), SiloProgram.Find(own).File);
    }

    [Fact]
    public void A_record_reads_back()
    {
        var written = Record(1234, "then");
        _sandbox.Folder.Write(written);
        var read = _sandbox.Folder.Read()!;

        Assert.Equal(written.Silos, read.Silos);
        Assert.Equal(written, read with { Silos = written.Silos });
    }

    private ClusterStart Start(LocalClusterOptions options, string conduct)
    {
        Environment.SetEnvironmentVariable("FAKE_SILO", conduct);
        return new ClusterStart(options, _sandbox.Folder, SiloProgram.Find(AppContext.BaseDirectory), _output, _time);
    }

    /// <summary>Waits until the only silo answers, or the start has failed.</summary>
    private async Task Answers(Task run)
    {
        using var client = new HttpClient();
        while (!run.IsCompleted && !await IsLive())
            await Task.Delay(10);

        async Task<bool> IsLive()
        {
            try
            {
                return _sandbox.Folder.Read() is { Silos: [var silo, ..] }
                    && await client.GetStringAsync(new Uri($"http://127.0.0.1:{silo.HttpPort}/health/live")) == "live";
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }
    }

    private static ClusterRecord Record(int pid, string started) => new()
    {
        ClusterId = "mnist",
        ServiceId = "mnist",
        Redis = null,
        Silos = [new SiloRecord
            { Name = "silo-1", Pid = pid, Started = started, SiloPort = 11111, GatewayPort = 30000, HttpPort = 8080, Log = "silo-1.log" }],
    };
}
