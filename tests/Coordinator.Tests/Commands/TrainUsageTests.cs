namespace MnistDistributed.Coordinator.Tests.Commands;

/// <summary>What <c>mnist train</c> says to a call that cannot work.</summary>
public sealed class TrainUsageTests
{
    [Theory]
    [InlineData("train", "--workers", "17")]
    [InlineData("train", "--workers", "many")]
    [InlineData("train", "--min-workers", "0")]
    [InlineData("train", "--workers", "2", "--min-workers", "3")]
    [InlineData("train", "--quorum-timeout", "0")]
    [InlineData("train", "--slots", "12")]
    [InlineData("train", "--batch", "8")]
    [InlineData("train", "--epochs", "many")]
    [InlineData("train", "--engine", "cuda")]
    [InlineData("train", "--out", "")]
    [InlineData("nothing")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(params string[] arguments)
    {
        var (code, output, error) = await CommandLine.Run(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("Give --cluster or --redis", "--cluster", "127.0.0.1:30000", "--redis", "127.0.0.1:6379")]
    [InlineData("--silos is for silos in this process", "--cluster", "127.0.0.1:30000", "--silos", "2")]
    [InlineData("--silos is for silos in this process", "--redis", "127.0.0.1:6379", "--silos", "2")]
    [InlineData("--cluster: '127.0.0.1' is no address", "--cluster", "127.0.0.1")]
    [InlineData("--cluster: 'a b' is no host", "--cluster", "127.0.0.1:30000,a b:30000")]
    [InlineData("--cluster is empty; give an address", "--cluster", "")]
    [InlineData("--redis is empty; give an address", "--redis", "")]
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
    [InlineData("--tls-ca is for a running cluster", "--tls-ca", "ca.crt")]
    [InlineData("--tls-key is empty; give a path", "--cluster", "127.0.0.1:30000", "--tls-key", "")]
    [InlineData("--tls-cert, --tls-key and --tls-ca go together: --tls-key is not given", "--cluster", "127.0.0.1:30000", "--tls-cert",
        "a", "--tls-ca", "b")]
    [InlineData("--cluster-id a b: with TLS", "--cluster", "127.0.0.1:30000", "--cluster-id", "a b", "--tls-cert", "a", "--tls-key", "b",
        "--tls-ca", "c")]
    public async Task A_cluster_that_cannot_be_meant_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        var (code, output, error) = await CommandLine.Run(["train", "--data", "nowhere", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(says, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("--cluster", "127.0.0.1:30000,no.such.host.invalid:30000")]
    [InlineData("--http", "no.such.host.invalid:5080")]
    public async Task A_host_that_is_not_there_yet_is_one_line_and_exit_code_1(string option, string value)
    {
        var (code, _, error) = await CommandLine.Run("train", "--data", "nowhere", option, value);
        Assert.Equal(1, code);
        CommandLine.AssertOneLine(error, $"{option}: there is no host 'no.such.host.invalid': ");
    }

    [Theory]
    [InlineData("--http: 'here' is no address", "--http", "here")]
    [InlineData("--http: 'here:0' is no address", "--http", "here:0")]
    [InlineData("--http is empty; give an address", "--http", "")]
    [InlineData("--linger -1: give 0 to 86400", "--linger", "-1")]
    [InlineData("--http cannot be given with --no-http", "--no-http", "--http", "127.0.0.1:5080")]
    [InlineData("--linger cannot be given with --no-http", "--no-http", "--linger", "10")]
    public async Task Http_that_cannot_be_meant_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        var (code, output, error) = await CommandLine.Run(["train", "--data", "nowhere", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(says, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Certificates_that_cannot_be_read_are_one_line_and_exit_code_1()
    {
        var (code, output, error) = await CommandLine.Run("train", "--data", "nowhere", "--cluster", "127.0.0.1:30000",
            "--tls-cert", "no/a.crt", "--tls-key", "no/a.key", "--tls-ca", "no/ca.crt");
        Assert.Equal((1, ""), (code, output));
        CommandLine.AssertOneLine(error, "--tls-cert no/a.crt cannot be read: Could not find");
    }

    [Theory]
    [InlineData("--cluster")]
    [InlineData("--redis")]
    public async Task Where_no_silo_comes_one_line_says_what_to_check(string option)
    {
        string address = $"127.0.0.1:{Ports.Free()}";
        using var workspace = new Workspace();
        await using var train = workspace.Train(option, address, "--wait", "1");
        var (code, line) = await train.OnlyError();
        Assert.StartsWith($"A silo of {option} {address} is not there after 1 s", line, StringComparison.Ordinal);
        Assert.Contains("their cluster and service ids are 'mnist' and 'mnist'", line, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.False(Directory.Exists(workspace.InFolder("runs")));
    }
}
