using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>What a coordinator says that cannot train on the cluster it is given.</summary>
public sealed class CoordinatorUsageTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("Give --cluster or --redis", "--cluster", "127.0.0.1:30000", "--redis", "127.0.0.1:6379")]
    [InlineData("--silos is for silos in this process", "--cluster", "127.0.0.1:30000", "--silos", "2")]
    [InlineData("--silos is for silos in this process", "--redis", "127.0.0.1:6379", "--silos", "2")]
    [InlineData("--cluster: '127.0.0.1' is no address", "--cluster", "127.0.0.1")]
    [InlineData("--cluster: There is no host", "--cluster", "127.0.0.1:30000,no.such.host.invalid:30000")]
    [InlineData("--cluster is empty; give an address", "--cluster", "")]
    [InlineData("--redis is empty; give an address", "--redis", "")]
    [InlineData("--redis a: give HOST:PORT", "--redis", "a,b=c")]
    [InlineData("--cluster-id is empty; give an id", "--cluster", "127.0.0.1:30000", "--cluster-id", "")]
    [InlineData("--service-id is empty; give an id", "--cluster", "127.0.0.1:30000", "--service-id", "")]
    [InlineData("--min-silos 0: give 1 to 1024", "--cluster", "127.0.0.1:30000", "--min-silos", "0")]
    [InlineData("--wait 0: give 1 to 86400", "--cluster", "127.0.0.1:30000", "--wait", "0")]
    [InlineData("--unreachable 0: give 1 to 86400", "--cluster", "127.0.0.1:30000", "--unreachable", "0")]
    [InlineData("--cluster-id is for a running cluster", "--cluster-id", "mnist")]
    [InlineData("--service-id is for a running cluster", "--service-id", "mnist")]
    [InlineData("--min-silos is for a running cluster", "--min-silos", "2")]
    [InlineData("--wait is for a running cluster", "--wait", "2")]
    [InlineData("--unreachable is for a running cluster", "--unreachable", "2")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        var (code, line) = await Programs.OnlyLine(_workspace.Train(arguments));
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("--cluster")]
    [InlineData("--redis")]
    public async Task Where_no_silo_comes_one_line_says_what_to_check(string option)
    {
        string address = $"127.0.0.1:{Ports.Free()}";
        var (code, line) = await Programs.OnlyLine(_workspace.Train(option, address, "--wait", "1"));
        Assert.StartsWith($"A silo of {option} {address} is not there after 1 s", line, StringComparison.Ordinal);
        Assert.Contains("their cluster and service ids are 'mnist' and 'mnist'", line, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.False(Directory.Exists(Path.Combine(_workspace.Folder, "runs")));
    }
}
