using System.Net;
using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>A password that is given to silos and coordinators stands in nothing that they print, log, answer or write.</summary>
public sealed class SecretTests : IDisposable
{
    private const string Password = "planted-7f3a";

    private readonly ClusterWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_password_of_Redis_gets_in_and_stands_nowhere()
    {
        Needs.Redis();
        int port = Ports.Free();
        await using var redis = ProgramProcess.Start("redis-server", _workspace.InFolder("data"),
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--requirepass", Password]);
        await redis.Line("Ready to accept connections");
        await using var one = TestSilo.Start("one", _workspace.Folder, Redis($"127.0.0.1:{port},password={Password}"),
            "--data", "data", "--workers", "1", "--log-level", "debug");
        await using var two = TestSilo.Start("two", _workspace.Folder, Redis($"redis://:{Password}@127.0.0.1:{port}"),
            "--data", "data", "--workers", "1", "--log-format", "json");
        await Task.WhenAll(one.Process.Line("Data set "), two.Process.Line("Data set "));
        await using var train = Programs.Coordinator(_workspace.Folder,
            ["train", "--data", "data", "--validation", "500", "--epochs", "1", "--min-silos", "2"],
            Redis($"redis://default:{Password}@127.0.0.1:{port}"));
        Assert.Equal(0, await train.End());
        foreach (string path in (string[])["metrics", "status", "health/ready"])
            Assert.Equal(HttpStatusCode.OK, await AssertClean(one, path));

        await using (var help = Programs.Silo(_workspace.Folder, ["--help"], Redis($"redis://:{Password}@127.0.0.1:{port}")))
        {
            Assert.Equal(0, await help.End());
            AssertClean(help.Said);
        }

        // What is said of a Redis that refuses has no password either.
        foreach (string wrong in (string[])[$"127.0.0.1:{port},password={Password}x", $"redis://a:{Password}x@127.0.0.1:{port}"])
        {
            await using var silo = TestSilo.Start("wrong", _workspace.Folder, Redis(wrong), "--data", "data", "--wait", "0.5");
            Assert.Equal(1, await silo.Process.End());
            AssertClean(silo.Process.Said);
            await using var coordinator = Programs.Coordinator(
                _workspace.Folder, ["train", "--data", "data", "--validation", "500", "--wait", "1", "--no-http"], Redis(wrong));
            Assert.Equal(1, await coordinator.End());
            AssertClean(coordinator.Said);
        }

        await redis.DisposeAsync();
        await one.Process.Line("cannot be read");
        await AssertClean(one, "health/ready");
        Assert.All([one.Process, two.Process, train], process => AssertClean(process.Said));
        foreach (string file in Directory.EnumerateFiles(_workspace.Folder, "*", SearchOption.AllDirectories))
            AssertClean(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static Dictionary<string, string> Redis(string address) => new() { ["MNIST_REDIS"] = address };

    private static async Task<HttpStatusCode> AssertClean(TestSilo silo, string path)
    {
        var (code, text) = await silo.Get(path);
        AssertClean(text);
        return code;
    }

    private static void AssertClean(string text) => Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
}
