using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Silo.Tests;

/// <summary>What a silo process that cannot run says: one line, and whether the call was wrong.</summary>
public sealed class SiloUsageTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Theory]
    [InlineData("--name a/b: a silo's name is made of", "--name", "a/b")]
    [InlineData("--name is empty", "--name", "")]
    [InlineData("--address: 'node 7' is no host: give an IP address or a name", "--address", "node 7")]
    [InlineData("--address 0.0.0.0: give the one under which others reach this silo", "--address", "0.0.0.0")]
    [InlineData("--address ::: give the one under which others reach this silo", "--address", "::")]
    [InlineData("Unrecognized command or argument 'maybe'", "--listen-any", "maybe")]
    [InlineData("--silo-port 0: give a number from 1 to 65535", "--silo-port", "0")]
    [InlineData("--silo-port : give a number", "--silo-port", "")]
    [InlineData("--gateway-port 65536: give a number from 1 to 65535", "--gateway-port", "65536")]
    [InlineData("--http-port x: give a number from 1 to 65535", "--http-port", "x")]
    [InlineData("--silo-port 5000, --gateway-port 30000 and --http-port 5000: give three different ports", "--silo-port", "5000",
        "--http-port", "5000")]
    [InlineData("--cluster-id is empty", "--cluster-id", " ")]
    [InlineData("--service-id is empty", "--service-id", "")]
    [InlineData("--clustering static: give localhost, redis, kubernetes", "--clustering", "static")]
    [InlineData("--clustering localhost,redis: give localhost, redis, kubernetes", "--clustering", "localhost,redis")]
    [InlineData("--clustering redis needs --redis", "--clustering", "redis")]
    [InlineData("--redis is not for --clustering localhost", "--clustering", "localhost", "--redis", "127.0.0.1:6379")]
    [InlineData("--primary is for --clustering localhost", "--redis", "127.0.0.1:6379", "--primary", "127.0.0.1:11111")]
    [InlineData("--clustering kubernetes is for a silo in a pod, and POD_NAME is not set", "--clustering", "kubernetes", "--redis",
        "127.0.0.1:6379")]
    [InlineData("--primary: 'nowhere' is no address", "--primary", "nowhere")]
    [InlineData("--primary: '::1:11111' is no address: give a host and a port, such as 127.0.0.1:30000 or [::1]", "--primary", "::1:11111")]
    [InlineData("--wait soon: give a number of seconds", "--wait", "soon")]
    [InlineData("--wait 3601: give a number of seconds from 0.1 to 3600", "--wait", "3601")]
    [InlineData("--rejoin 0: give a number of seconds from 0.1 to 600", "--rejoin", "0")]
    [InlineData("--redis is empty", "--redis", "")]
    [InlineData("--tls-cert, --tls-key and --tls-ca go together: --tls-ca is not given", "--tls-cert", "a", "--tls-key", "b")]
    [InlineData("--tls-cert is empty", "--tls-cert", "")]
    [InlineData("--cluster-id a b: with TLS", "--cluster-id", "a b", "--tls-cert", "a", "--tls-key", "b", "--tls-ca", "c")]
    [InlineData("--workers 1025: give a number from 1 to 1024", "--workers", "1025")]
    [InlineData("--probe-timeout 0,5: give a number of seconds from 0.1 to 600", "--probe-timeout", "0,5")]
    [InlineData("--missed-probes 0: give a number from 1 to 100", "--missed-probes", "0")]
    [InlineData("--http-address: 'a b' is no host: give an IP address", "--http-address", "a b")]
    [InlineData("--data is empty", "--data", "")]
    [InlineData("--log-format xml: give text, json", "--log-format", "xml")]
    [InlineData("--log-level loud: give verbose, debug, information, warning, error, fatal", "--log-level", "loud")]
    [InlineData("Required argument missing for option: '--silo-port'", "--silo-port")]
    [InlineData("Unrecognized command or argument '--nonsense'", "--nonsense")]
    public async Task Wrong_usage_is_one_line(string says, params string[] arguments)
    {
        string line = await Refusal(SiloCommand.Create((_, _) => Task.FromResult(0)).Parse(arguments));
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);

        static async Task<string> Refusal(ParseResult parsed) => parsed.Errors.Count > 0
            ? parsed.Errors[0].Message
            : (await Assert.ThrowsAsync<UsageException>(() => parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false }))).Message;
    }

    [Theory]
    [InlineData("127.0.0.1-11111", "127.0.0.1:11111", "127.0.0.1:30000", "127.0.0.1")]
    [InlineData("10.0.0.5-5000", "10.0.0.5:5000", "10.0.0.5:30000", "10.0.0.5", "--address", "10.0.0.5", "--silo-port", "5000")]
    [InlineData("10.0.0.5-11111", "10.0.0.5:11111", "10.0.0.5:30000", "0.0.0.0", "--address", "10.0.0.5", "--listen-any")]
    [InlineData("127.0.0.1-11111", "127.0.0.1:11111", "127.0.0.1:30000", "127.0.0.1", "--address", "localhost")]
    [InlineData("__1-11111", "[::1]:11111", "[::1]:30000", "::1", "--address", "::1")]
    [InlineData("2001_db8__7-11111", "[2001:db8::7]:11111", "[2001:db8::7]:30000", "::", "--address", "2001:db8::7", "--listen-any")]
    [InlineData("fe80__7_3-11111", "[fe80::7%3]:11111", "[fe80::7%3]:30000", "fe80::7%3", "--address", "fe80::7%3")]
    public async Task The_address_says_where_a_silo_is_reached_where_it_listens_and_how_it_is_called(
        string name, string silo, string gateway, string listens, params string[] arguments)
    {
        var options = await Options(arguments);
        Assert.Equal((name, silo, gateway, listens),
            (options.Name, $"{options.SiloEndpoint}", $"{options.GatewayEndpoint}", $"{options.ListenAddress}"));
    }

    [Theory]
    [InlineData("Unrecognized command or argument '--nonsense'", "--nonsense")]
    [InlineData("--redis: give HOST:PORT", "--redis", "a,b=c")]
    public async Task Wrong_usage_is_exit_code_2(string says, params string[] arguments)
    {
        var (code, line) = await SiloError(arguments);
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("MNIST_SILO_PORT 70000: give a number from 1 to 65535", "MNIST_SILO_PORT", "70000")]
    [InlineData("MNIST_PROBE_TIMEOUT x: give a number of seconds", "MNIST_PROBE_TIMEOUT", "x")]
    [InlineData("MNIST_LISTEN_ANY yes: give true or false", "MNIST_LISTEN_ANY", "yes")]
    [InlineData("--log-format xml: give text, json", "MNIST_LOG_FORMAT", "xml")]
    public async Task A_wrong_environment_variable_is_one_line_and_exit_code_2(string says, string name, string value)
    {
        var (code, line) = await SiloError([], new Dictionary<string, string> { [name] = value });
        Assert.StartsWith(says, line, StringComparison.Ordinal);
        Assert.Equal(2, code);
    }

    [Theory]
    [InlineData("--address", "no.such.host.invalid")]
    [InlineData("--http-address", "no.such.host.invalid")]
    [InlineData("--primary", "no.such.host.invalid:11111")]
    public async Task A_name_that_nobody_has_yet_is_one_line_and_exit_code_1(string option, string value)
    {
        var (code, line) = await SiloError([option, value]);
        Assert.StartsWith($"The silo cannot run: {option}: there is no host 'no.such.host.invalid': ", line, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Theory]
    [InlineData("--silo-port")]
    [InlineData("--gateway-port")]
    [InlineData("--http-port")]
    public async Task A_port_that_is_taken_is_one_line_and_exit_code_1(string option)
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        int port = ((IPEndPoint)owner.LocalEndpoint).Port;
        string[] others = [.. new[] { "--silo-port", "--gateway-port", "--http-port" }.Where(other => other != option).SelectMany(other =>
            new[] { other, $"{Ports.Free()}" })];
        var (code, line) = await SiloError([option, $"{port}", .. others]);
        Assert.Matches(
            $@"^The silo cannot run: Port {port} of 127\.0\.0\.1 cannot be listened on \(.+\): give another with {option}\.$", line);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_is_one_line_and_exit_code_1()
    {
        var (code, line) = await SiloError(["--redis", $"127.0.0.1:{Ports.Free()}", "--wait", "0.5", .. OwnPorts()]);
        Assert.StartsWith("The silo cannot run: Redis does not answer at --redis 127.0.0.1:", line, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_certificate_that_has_expired_is_one_line_and_exit_code_1()
    {
        using var folder = new TemporaryFolder();
        var files = new TestAuthority(DateTimeOffset.UtcNow).Write(folder.Path, "silo.mnist", from: -9, to: -1);
        var (code, line) = await SiloError(files.Options);
        Assert.StartsWith($"The silo cannot run: --tls-cert {files.Certificate}: its certificate (silo.mnist) expired on ", line,
            StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task A_primary_that_does_not_answer_is_one_line_and_exit_code_1()
    {
        string primary = $"127.0.0.1:{Ports.Free()}";
        var (code, line) = await SiloError(["--primary", primary, "--wait", "0.5", .. OwnPorts()]);
        Assert.StartsWith(
            $"The silo cannot run: No silo answers at --primary {primary}: start the primary silo first", line, StringComparison.Ordinal);
        Assert.Equal(1, code);
    }

    [Fact]
    public async Task Help_names_every_option_and_how_to_give_it_by_environment()
    {
        await using var help = Programs.Silo(Folder, ["--help"]);
        Assert.Equal(0, await help.End());
        Assert.Contains("--silo-port is MNIST_SILO_PORT", help.Said, StringComparison.Ordinal);
        Assert.Contains("--wait <SECONDS>", help.Said, StringComparison.Ordinal);
    }

    /// <summary>What a command line means.</summary>
    private static async Task<SiloOptions> Options(params string[] arguments)
    {
        SiloOptions? read = null;
        await SiloCommand.Create((options, _) =>
        {
            read = options;
            return Task.FromResult(0);
        }).Parse(arguments).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
        return read!;
    }

    /// <summary>Runs a silo that cannot: the one line that it says, and its exit code.</summary>
    // The default ones may be another test's just now.
    private static IEnumerable<string> OwnPorts() =>
        new[] { "--silo-port", "--gateway-port", "--http-port" }.SelectMany(option => new[] { option, $"{Ports.Free()}" });

    private static async Task<(int Code, string Line)> SiloError(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var silo = Programs.Silo(Folder, arguments, environment);
        return await silo.OnlyError();
    }
}
