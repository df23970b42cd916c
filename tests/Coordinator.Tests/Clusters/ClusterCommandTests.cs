using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Tests.Commands;
using static MnistDistributed.Coordinator.Tests.Commands.CommandLine;

namespace MnistDistributed.Coordinator.Tests.Clusters;

/// <summary><c>mnist cluster</c> in processes of its own, with fake silos.</summary>
[Collection(nameof(FakeSilos))]
public sealed class ClusterCommandTests : IDisposable
{
    private readonly ClusterSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Up_starts_silos_and_ends_status_shows_them_and_down_ends_them()
    {
        Needs.Unix();
        // Its output has an end only if no silo holds it open.
        var (code, output, error) = await _sandbox.Run(["cluster", "up", "--silos", "3", "--workers", "2"]);
        Assert.Equal((0, ""), (code, error));
        var cluster = _sandbox.Folder.Read()!;
        Assert.Equal(["silo-1", "silo-2", "silo-3"], cluster.Silos.Select(silo => silo.Name));
        Assert.Equal(_sandbox.Pids.Order(), cluster.Silos.Select(silo => silo.Pid).Order());
        Assert.All(cluster.Silos, silo =>
            Assert.Contains($"{silo.Name} is ready: workers 2, log cluster/{silo.Log}\n", output, StringComparison.Ordinal));
        Assert.Contains($"./mnist train --cluster {string.Join(',', cluster.Silos.Select(silo => $"127.0.0.1:{silo.GatewayPort}"))}\n",
            output, StringComparison.Ordinal);

        (code, output, error) = await _sandbox.Run(["cluster", "status"]);
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(3,
            Regex.Count(output, @"^silo-\d +ready +1/2 +0\.98 +300 MiB +\d+ +\d+/\d+/\d+ +cluster/silo-\d\.log", RegexOptions.Multiline));
        Assert.Contains("Run 20260131-093000: 3 workers, parameter server on silo-1", output, StringComparison.Ordinal);

        (code, output, error) = await _sandbox.Run(["cluster", "up"]);
        Assert.Equal((1, ""), (code, output));
        AssertOneLine(error, $"still runs in the folder cluster (silo-1: process {cluster.Silos[0].Pid}, ");

        (code, output, error) = await _sandbox.Run(["cluster", "down"]);
        Assert.Equal((0, "Ended 3 silos; the logs are in cluster", ""), (code, output, error));
        AssertNothingRuns(3);
        Assert.EndsWith("silo-2 ends\n", File.ReadAllText(_sandbox.Folder.Log("silo-2.log")), StringComparison.Ordinal);

        (code, output, error) = await _sandbox.Run(["cluster", "down"]);
        Assert.Equal((0, "No cluster was started in the folder cluster: nothing to end.", ""), (code, output, error));
        (code, _, error) = await _sandbox.Run(["cluster", "status"]);
        Assert.Equal(1, code);
        AssertOneLine(error, "No cluster was started in the folder cluster: ./mnist cluster up");
    }

    [Fact]
    public async Task Prometheus_finds_the_silos_in_the_clusters_folder_until_they_are_ended()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up", "--silos", "2", "--cluster-id", "a"]);
        string file = _sandbox.InHome("cluster/targets.json");

        using (var json = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)))
        {
            var group = Assert.Single(json.RootElement.EnumerateArray());
            Assert.Equal(_sandbox.Folder.Read()!.Silos.Select(silo => $"127.0.0.1:{silo.HttpPort}"),
                group.GetProperty("targets").EnumerateArray().Select(target => target.GetString()));
            Assert.Equal("a", group.GetProperty("labels").GetProperty("cluster").GetString());
            Assert.Equal(["targets", "labels"], group.EnumerateObject().Select(member => member.Name));
        }

        await _sandbox.Run(["cluster", "down"]);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task The_first_silo_is_the_primary_of_the_others_and_no_port_is_given_twice()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up", "--silos", "2", "--cluster-id", "a", "--service-id", "b", "--data", "."]);

        var silos = _sandbox.Folder.Read()!.Silos;
        string common = $"--workers {Math.Max(1, Environment.ProcessorCount / 2)} --cluster-id a --service-id b";
        string data = $"--data {_sandbox.InHome("")}".TrimEnd('/');
        Assert.EndsWith($"{Ports(silos[0])} {common} {data}", _sandbox.ArgumentsOf("silo-1"), StringComparison.Ordinal);
        Assert.EndsWith($"{Ports(silos[1])} {common} --primary 127.0.0.1:{silos[0].SiloPort} {data}", _sandbox.ArgumentsOf("silo-2"),
            StringComparison.Ordinal);
        Assert.Equal(6, silos.SelectMany(silo => (int[])[silo.SiloPort, silo.GatewayPort, silo.HttpPort]).Distinct().Count());

        static string Ports(SiloRecord silo) =>
            $"--silo-port {silo.SiloPort} --gateway-port {silo.GatewayPort} --http-port {silo.HttpPort}";
    }

    [Theory]
    [InlineData("cluster", "mnist")]
    [InlineData("elsewhere/cluster", "mnist")]
    [InlineData("big", "big")]
    [InlineData("runs/big-2/", "big-2")]
    [InlineData("my cluster", "mnist")]
    public void A_cluster_in_a_folder_of_its_own_has_a_name_of_its_own(string folder, string id) =>
        Assert.Equal(id, new ClusterFolder(folder).DefaultId);

    [Fact]
    public async Task Redis_may_be_given_by_the_environment()
    {
        Needs.Unix();
        await using var up = _sandbox.Start(["cluster", "up", "--silos", "1"], redis: "127.0.0.1:6379");
        Assert.Equal(0, await up.End());
        Assert.Equal("127.0.0.1:6379", _sandbox.Folder.Read()!.Redis);
    }

    [Fact]
    public async Task With_redis_there_is_no_primary()
    {
        Needs.Unix();
        var (code, output, _) = await _sandbox.Run([
            "cluster", "up", "--silos", "2", "--redis", "127.0.0.1:6379", "--cluster-id", "a", "--service-id", "b", "--dir", "my cluster"]);
        var folder = new ClusterFolder(_sandbox.InHome("my cluster"));
        Assert.Equal(0, code);
        Assert.Contains("./mnist train --redis 127.0.0.1:6379 --cluster-id a --service-id b\n", output, StringComparison.Ordinal);
        Assert.Contains("./mnist cluster down --dir \"my cluster\"", output, StringComparison.Ordinal);
        foreach (var silo in folder.Read()!.Silos)
        {
            string arguments = await File.ReadAllTextAsync(folder.Log(silo.Log), TestContext.Current.CancellationToken);
            Assert.Contains("Redis of 14 characters", arguments, StringComparison.Ordinal);
            Assert.DoesNotContain("--primary", arguments, StringComparison.Ordinal);
        }

        Assert.Equal(0, (await _sandbox.Run(["cluster", "down", "--dir", "my cluster"])).Code);
    }

    [Fact]
    public async Task With_TLS_the_silos_get_certificates_and_the_command_to_train_has_the_coordinators()
    {
        Needs.Unix();
        var (code, output, error) = await _sandbox.Run(["cluster", "up", "--silos", "1", "--tls"]);
        Assert.Equal((0, ""), (code, error));
        string made = _sandbox.InHome("cluster/tls");
        Assert.Contains(" --tls-cert cluster/tls/coordinator.crt --tls-key cluster/tls/coordinator.key --tls-ca cluster/tls/ca.crt\n",
            output, StringComparison.Ordinal);
        string silo = $"--tls-cert {made}/silo.crt --tls-key {made}/silo.key --tls-ca {made}/ca.crt";
        Assert.EndsWith(silo, _sandbox.ArgumentsOf("silo-1"), StringComparison.Ordinal);
        byte[] ca = await File.ReadAllBytesAsync($"{made}/ca.crt", TestContext.Current.CancellationToken);
        await _sandbox.Run(["cluster", "down"]);

        // A second start takes the same; a folder of the user's has to be complete.
        Assert.Equal(0, (await _sandbox.Run(["cluster", "up", "--silos", "1", "--tls"])).Code);
        Assert.Equal(ca, await File.ReadAllBytesAsync($"{made}/ca.crt", TestContext.Current.CancellationToken));
        await _sandbox.Run(["cluster", "down"]);
        Assert.Equal(0, (await _sandbox.Run(["cluster", "up", "--silos", "1", "--dir", "another", "--tls", "cluster/tls"])).Code);
        await _sandbox.Run(["cluster", "down", "--dir", "another"]);
        (code, _, error) = await _sandbox.Run(["cluster", "up", "--silos", "1", "--tls", "nowhere"]);
        Assert.Equal(1, code);
        AssertOneLine(error, "nowhere does not have the certificates of a cluster: './mnist certificates nowhere' makes them.");
    }

    [Fact]
    public async Task Silos_outlive_the_terminal()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up", "--silos", "1"]);
        int silo = Assert.Single(_sandbox.Pids);
        foreach (string name in (string[])["HUP", "INT", "QUIT"])
            ProgramProcess.Signal(name, silo);

        // It answers this after it has been sent those.
        Assert.Equal(0, (await _sandbox.Run(["cluster", "status"])).Code);
        if (OperatingSystem.IsLinux())
            Assert.Matches(
                "SigIgn:\t[0-9a-f]*7\n", await File.ReadAllTextAsync($"/proc/{silo}/status", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("silo-1")]
    [InlineData("silo-2")]
    public async Task A_silo_that_ends_fails_the_start_and_no_silo_stays(string silo)
    {
        Needs.Unix();
        var (code, _, error) = await _sandbox.Run(["cluster", "up"], $"{silo}=die");

        Assert.Equal(1, code);
        AssertOneLine(error,
            $"{silo} ended with exit code 1 before the cluster was ready (log cluster/{silo}.log): The silo cannot start: it was told so.");
        AssertNothingRuns(silo == "silo-1" ? 1 : null);
        Assert.Null(_sandbox.Folder.Read());
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_start_that_is_stopped_leaves_no_silo(string signal, int exitCode)
    {
        Needs.Unix();
        await using var up = _sandbox.Start(["cluster", "up"], "silo-2=hang");
        await up.Line("silo-1 is ready");
        up.Signal(signal);
        var (code, _, error) = await up.Result();

        Assert.Equal(exitCode, code);
        AssertOneLine(error, "Stopped.");
        AssertNothingRuns(null);
        Assert.Null(_sandbox.Folder.Read());
    }

    [Fact]
    public async Task Down_ends_what_a_start_that_was_killed_has_left()
    {
        Needs.Unix();
        await using var up = _sandbox.Start(["cluster", "up"], "silo-2=hang");
        await up.Line("silo-3 is ready");
        up.Signal("KILL");
        Assert.NotEqual(0, await up.End());

        Assert.Equal("Ended 3 silos; the logs are in cluster", (await _sandbox.Run(["cluster", "down"])).Output);
        AssertNothingRuns(null);
    }

    [Fact]
    public async Task Status_names_what_is_wrong()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up"]);
        var silos = _sandbox.Folder.Read()!.Silos;
        ProgramProcess.Signal("STOP", silos[1].Pid);
        ProgramProcess.Signal("KILL", silos[2].Pid);

        var (code, output, error) = await _sandbox.Run(["cluster", "status"]);
        Assert.Equal((1, ""), (code, error));
        Assert.Matches(@"(?m)^silo-1 +ready +1/", output);
        Assert.Matches(@"(?m)^silo-2 +silent +- ", output);
        Assert.Matches(@"(?m)^silo-3 +gone +- ", output);
        Assert.Contains(
            $"silo-2 (process {silos[1].Pid}) does not answer on http://127.0.0.1:{silos[1].HttpPort}\n", output, StringComparison.Ordinal);
        Assert.Contains($"silo-3 (process {silos[2].Pid}) has ended", output, StringComparison.Ordinal);
        Assert.DoesNotContain("primary", output, StringComparison.Ordinal);

        ProgramProcess.Signal("KILL", silos[0].Pid);
        Assert.Contains("silo-1 was the primary, and with localhost clustering the cluster ends with it",
            (await _sandbox.Run(["cluster", "status"])).Output, StringComparison.Ordinal);
        ProgramProcess.Signal("CONT", silos[1].Pid);
        Assert.Equal("Ended 1 silo, 2 had ended before; the logs are in cluster", (await _sandbox.Run(["cluster", "down"])).Output);
    }

    [Fact]
    public async Task Status_as_JSON_holds_what_the_silos_say()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up", "--silos", "2"]);
        ProgramProcess.Signal("KILL", _sandbox.Folder.Read()!.Silos[1].Pid);

        var (code, output, _) = await _sandbox.Run(["cluster", "status", "--json"]);

        using var json = JsonDocument.Parse(output);
        Assert.Equal(1, code);
        Assert.Equal("20260131-093000/silo-1/0", json.RootElement[0].GetProperty("status").GetProperty("workers")[0].GetString());
        Assert.Equal("gone", json.RootElement[1].GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement[1].GetProperty("status").ValueKind);
    }

    [Fact]
    public async Task A_cluster_whose_processes_are_gone_is_replaced()
    {
        Needs.Unix();
        await _sandbox.Run(["cluster", "up", "--silos", "1"]);
        int first = _sandbox.Folder.Read()!.Silos[0].Pid;
        ProgramProcess.Signal("KILL", first);

        var (code, _, error) = await _sandbox.Run(["cluster", "up", "--silos", "1"]);

        Assert.Equal((0, ""), (code, error));
        Assert.NotEqual(first, _sandbox.Folder.Read()!.Silos[0].Pid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{ "clusterId": "a", "serviceId": "b", "redis": null, "silos": [] }""")]
    [InlineData("""{ "clusterId": "a", "serviceId": "b", "redis": null, "silos": null }""")]
    [InlineData("""{ "clusterId": "a", "serviceId": "b", "redis": null, "silos": [ """
        + """{ "name": "silo-1", "pid": -1, "started": "", "siloPort": 1, "gatewayPort": 1, "httpPort": 1, "log": "l" }] }""")]
    [InlineData("""{ "clusterId": "a", "serviceId": "b", "redis": null, "silos": [ """
        + """{ "name": "silo-1", "pid": 2, "started": "", "siloPort": 1, "gatewayPort": 1, "httpPort": 65536, "log": "l" }] }""")]
    public async Task A_damaged_record_is_one_line_and_stays(string text)
    {
        Directory.CreateDirectory(_sandbox.Folder.Path);
        string file = Path.Combine(_sandbox.Folder.Path, "cluster.json");
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        foreach (string command in OperatingSystem.IsWindows() ? (string[])["status", "down"] : ["up", "status", "down"])
        {
            var (code, output, error) = await CommandLine.Run("cluster", command, "--dir", _sandbox.Folder.Path);
            Assert.Equal((1, ""), (code, output));
            AssertOneLine(error, file + " is damaged");
        }

        Assert.Equal(text, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("--silos", "0")]
    [InlineData("--silos", "65")]
    [InlineData("--workers", "0")]
    [InlineData("--timeout", "0")]
    [InlineData("--redis", "me:secret@here:6379")]
    [InlineData("--cluster-id", " ")]
    [InlineData("--dir", "")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string option, string value)
    {
        var (code, output, error) = await CommandLine.Run("cluster", "up", option, value);

        Assert.Equal((2, ""), (code, output));
        AssertOneLine(error, option);
    }

    [Fact]
    public async Task An_error_in_the_arguments_names_the_help_of_the_command()
    {
        var (code, _, error) = await CommandLine.Run("cluster", "up", "--wrong");
        Assert.Equal(2, code);
        AssertOneLine(error, "See ./mnist cluster up --help");
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("cluster", "up")]
    [InlineData("cluster", "status")]
    [InlineData("cluster", "down")]
    public async Task Every_command_has_help_with_examples(params string[] command)
    {
        var (code, output, _) = await CommandLine.Run([.. command, "--help"]);
        Assert.Equal(0, code);
        Assert.Contains($"Examples:\n  ./mnist {string.Join(' ', command)}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_not_there_is_one_line_and_exit_code_1()
    {
        var (code, _, error) = await _sandbox.Run(["cluster", "up", "--data", "nowhere"]);
        Assert.Equal(1, code);
        AssertOneLine(error, "nowhere: no such folder");
    }

    /// <param name="started">How many silos had come so far as to write their log; null if that is a matter of chance.</param>
    private void AssertNothingRuns(int? started)
    {
        var pids = _sandbox.Pids;
        Assert.Equal(started ?? pids.Count, pids.Count);
        Assert.NotEmpty(pids);
        Assert.All(pids, pid =>
            Assert.True(ProcessTable.StartOf(pid) is null, string.Create(CultureInfo.InvariantCulture, $"process {pid} still runs")));
    }
}
