using MnistDistributed.Coordinator.Runs;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>The same command, started again and again, as systemd and Kubernetes do it; and what shows the result to others.</summary>
public sealed class NamedRunProcessTests : IDisposable
{
    private static readonly string[] Nightly = ["train", "--validation", "500", "--epochs", "12", "--run", "nightly", "--no-http"];

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task One_command_begins_a_run_goes_on_with_it_after_a_kill_and_finds_it_done()
    {
        var environment = new Dictionary<string, string>
            { ["MNIST_OUT"] = _workspace.InFolder("all"), ["MNIST_DATA"] = _workspace.InFolder("data") };
        await using (var undisturbed = _workspace.Train("--epochs", "12", "--no-http"))
            Assert.Equal(0, await undisturbed.End());

        await using (var killed = Programs.Coordinator(_workspace.Folder, Nightly, environment))
        {
            await killed.Line("epoch 1 done");
            killed.Signal("KILL");
            await killed.End();
        }

        await using (var again = Programs.Coordinator(_workspace.Folder, Nightly, environment))
        {
            await again.Line("Run nightly: 12 epochs");
            Assert.Equal(0, await again.End());
            Assert.Contains(again.Error, line => line.Contains("the stale lock of ", StringComparison.Ordinal));
        }

        string run = _workspace.RunIn("all");
        Assert.Equal("nightly", Path.GetFileName(run));
        Assert.Equal(Workspace.Metric(_workspace.RunIn("runs"), "weightsSha256"), Workspace.Metric(run, "weightsSha256"));

        await using var done = Programs.Coordinator(_workspace.Folder, Nightly, environment);
        Assert.Equal((0, $"It is done: {Path.Combine(run, "report.html")}", ""), await done.Result());

        await using var other = Programs.Coordinator(_workspace.Folder, [.. Nightly, "--seed", "2"], environment);
        var (code, line) = await other.OnlyError();
        Assert.Equal(2, code);
        Assert.StartsWith("Run nightly was begun with seed: 1, this command says seed: 2: ", line, StringComparison.Ordinal);

        await using var runs = Programs.Coordinator(_workspace.Folder, ["runs"], environment);
        Assert.Contains("nightly", (await runs.Result()).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_another_machine_ends_while_it_is_waited_for_is_done()
    {
        await using (var train = _workspace.Train("--epochs", "1", "--no-http", "--run", "first"))
            Assert.Equal(0, await train.End());
        string run = _workspace.RunIn("runs"), metrics = Path.Combine(run, "metrics.json"), aside = Path.Combine(run, "aside");
        File.Move(metrics, aside);
        JsonFile.Write(RunOwner.FileIn(run), new RunOwner("another-pod", 4711, "then", DateTimeOffset.UtcNow));

        await using var again = _workspace.Train("--epochs", "1", "--no-http", "--run", "first");
        await again.Line("is in use by process 4711 on another-pod");
        File.Move(aside, metrics);
        File.Delete(RunOwner.FileIn(run));
        Assert.Equal(0, await again.End());
        Assert.Equal($"It is done: {Path.Combine("runs", "first", "report.html")}", again.Output[^1]);
    }

    [Fact]
    public async Task The_runs_of_a_folder_are_served_until_a_signal()
    {
        Needs.Unix();
        int port = Ports.Free();
        await using (var train = _workspace.Train("--epochs", "1", "--no-http", "--run", "first"))
            Assert.Equal(0, await train.End());
        await using var serve = Programs.Coordinator(
            _workspace.Folder, ["serve"], new Dictionary<string, string> { ["MNIST_HTTP"] = $"127.0.0.1:{port}" });
        await serve.Line($"Runs of runs: http://127.0.0.1:{port}/");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        var address = new Uri("runs/first/report.html", UriKind.Relative);
        string report = await http.GetStringAsync(address, TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllText(Path.Combine(_workspace.RunIn("runs"), "report.html")), report);
        serve.Signal("TERM");
        Assert.Equal(0, await serve.End());
        Assert.Empty(serve.Error);
    }

    [Fact]
    public async Task A_Redis_of_the_environment_is_meant_where_the_command_line_names_no_other_cluster()
    {
        var environment = new Dictionary<string, string> { ["MNIST_REDIS"] = $"127.0.0.1:{Ports.Free()}", ["MNIST_CLUSTER_ID"] = "lab" };
        await using var train = Programs.Coordinator(
            _workspace.Folder, ["train", "--data", "data", "--validation", "500", "--wait", "1", "--no-http"], environment);
        var (code, _, error) = await train.Result();
        Assert.Equal(1, code);
        Assert.Contains($"silo of --redis {environment["MNIST_REDIS"]}", error, StringComparison.Ordinal);
        Assert.Contains("'lab'", error, StringComparison.Ordinal);

        await using var local = Programs.Coordinator(
            _workspace.Folder, ["train", "--data", "data", "--validation", "500", "--epochs", "1", "--silos", "1", "--no-http"],
            environment);
        Assert.Equal(0, await local.End());
    }
}
