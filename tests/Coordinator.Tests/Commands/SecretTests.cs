using MnistDistributed.Coordinator.Tests.Clusters;

namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>
/// A password that is given to a command stands in nothing that it prints or writes, and on no command line of what it starts.
/// </summary>
[Collection(nameof(FakeSilos))]
public sealed class SecretTests : IDisposable
{
    private const string Password = "planted-7f3a";

    private readonly ClusterSandbox _sandbox = new();

    public static TheoryData<string> Commands => new(CommandLine.All);

    public static TheoryData<string> Addresses => new(
        $"127.0.0.1:6379,password={Password}", $"redis://:{Password}@127.0.0.1:6379", $"rediss://me:{Password}@127.0.0.1:6379");

    public void Dispose() => _sandbox.Dispose();

    [Theory, MemberData(nameof(Commands))]
    public async Task No_command_says_what_is_in_the_environment(string command)
    {
        foreach (string[] arguments in (string[][])[command.Split(' '), [.. command.Split(' '), "--help"]])
        {
            if (arguments is ["serve"])
                continue;
            string[] none = ["--data", "nowhere"];
            string[] sooner = arguments is ["train"] ? ["--wait", "1", .. none] : arguments is ["data"] ? none : [];
            await using var program = _sandbox.Start([.. arguments, .. sooner], redis: $"redis://:{Password}@127.0.0.1:1");
            await program.End();
            AssertClean(program.Said);
        }

        AssertClean();
    }

    [Theory, MemberData(nameof(Addresses))]
    public async Task A_cluster_has_it_only_in_the_environment_of_its_silos(string address)
    {
        Needs.Unix();
        foreach (string? given in (string?[])[address, null])
        {
            string[] option = given is null ? [] : ["--redis", given];
            await using (var up = _sandbox.Start(["cluster", "up", "--silos", "1", .. option], redis: given is null ? address : null))
            {
                Assert.Equal(0, await up.End());
                AssertClean(up.Said);
                Assert.Contains("Train   MNIST_REDIS=... ./mnist train\n", up.Said, StringComparison.Ordinal);
            }

            Assert.Contains($"Redis of {address.Length} characters", File.ReadAllText(_sandbox.Folder.Log("silo-1.log")),
                StringComparison.Ordinal);
            AssertClean();
            if (OperatingSystem.IsLinux())
                Assert.All(_sandbox.Pids, pid => AssertClean(File.ReadAllText($"/proc/{pid}/cmdline")));
            foreach (string command in (string[])["status", "down"])
            {
                await using var program = _sandbox.Start(["cluster", command]);
                Assert.Equal(0, await program.End());
                AssertClean(program.Said);
            }
        }
    }

    [Theory]
    [InlineData("--redis", $"redis://:{Password}@")]
    [InlineData("--redis", $"127.0.0.1:6379,password={Password},nonsense=1")]
    [InlineData("--redis", $"me:{Password}@127.0.0.1:6379")]
    [InlineData("--cluster", "127.0.0.1:1", "--redis", $"redis://:{Password}@127.0.0.1:1")]
    [InlineData("--slots", "3", "--redis", $"redis://:{Password}@127.0.0.1:1")]
    [InlineData("--redis", $"redis://:{Password}@127.0.0.1:1", "--min-silos", "0")]
    public async Task Wrong_usage_is_told_without_it(params string[] arguments)
    {
        await using var train = _sandbox.Start(["train", .. arguments]);
        Assert.Equal(2, await train.End());
        AssertClean(train.Said);
    }

    private static void AssertClean(string text) => Assert.DoesNotContain(Password, text, StringComparison.Ordinal);

    private void AssertClean()
    {
        foreach (string file in Directory.EnumerateFiles(_sandbox.InHome(""), "*", SearchOption.AllDirectories))
            AssertClean(File.ReadAllText(file));
    }
}
