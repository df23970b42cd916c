using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests;

/// <summary>Silo processes and coordinators with mutual TLS: who is let in, and what is said of those who are not.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly ClusterWorkspace _workspace = new();
    private readonly TestAuthority _authority = new(DateTimeOffset.UtcNow);
    private readonly TestCertificate _siloFiles;
    private readonly TestCertificate _coordinatorFiles;

    public TlsTests()
    {
        _siloFiles = _authority.Write(_workspace.InFolder("silo-tls"), "silo.mnist");
        _coordinatorFiles = _authority.Write(_workspace.InFolder("coordinator-tls"), "coordinator.mnist", isServer: false);
    }

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Who_is_not_let_in_is_told_of_with_the_reason_and_the_run_goes_on()
    {
        await using var silo = Start("alone", _siloFiles);
        await silo.Ready();
        await using var train = Train(silo);
        string run = await ClusterWorkspace.RunOf(train);
        await train.Line("epoch 1 done");
        if (!OperatingSystem.IsWindows())
            train.Signal("STOP");

        await RawClient.Silence(silo.GatewayAddress);
        await RawClient.Text(silo.GatewayAddress);
        await Told("gateway", "it does not speak TLS (plain text)");
        await RawClient.Tls(silo.GatewayAddress, null);
        await Told("gateway", "it shows no certificate");
        using var expired = _authority.Write(_workspace.InFolder("expired"), "coordinator.mnist", from: -9, to: -1).Load();
        await RawClient.Tls(silo.GatewayAddress, expired);
        await Told("gateway", "its certificate (coordinator.mnist) expired on ");
        var strangers = new TestAuthority(DateTimeOffset.UtcNow);
        using var stranger = strangers.Write(_workspace.InFolder("stranger"), "coordinator.mnist").Load();
        await RawClient.Tls(silo.GatewayAddress, stranger);
        await Told("gateway", "its certificate (coordinator.mnist) is of a CA that --tls-ca does not have: CN=Test CA");
        using var other = _authority.Write(_workspace.InFolder("green"), "coordinator.green").Load();
        await RawClient.Tls(silo.GatewayAddress, other);
        await Told("gateway", "its certificate is for coordinator.green, and not for silo.mnist or coordinator.mnist");
        using var coordinator = _coordinatorFiles.Load();
        for (int i = 0; i < 3; i++)
            await RawClient.Tls(silo.SiloAddress, coordinator);
        await Told("silo", "its certificate is for coordinator.mnist, and not for silo.mnist");
        await RawClient.Text(silo.SiloAddress);
        await Told("silo", "it does not speak TLS (plain text)");

        if (!OperatingSystem.IsWindows())
            train.Signal("CONT");
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(train));
        Assert.Empty(train.Error);
        silo.AssertLog();
        Assert.Equal(7, silo.Process.Output.Count(line => line.Contains("Refused 127.0.0.1", StringComparison.Ordinal)));
        Assert.DoesNotContain(silo.Process.Output, line => line.Contains(" error ", StringComparison.Ordinal));
        Assert.Contains($"Run {run}: term 1 is open", silo.Process.Said, StringComparison.Ordinal);

        Task Told(string port, string why) => silo.Process.Line($"warn  Refused 127.0.0.1 at the {port} port: {why}");
    }

    [Fact]
    public async Task A_coordinator_that_is_not_let_in_or_does_not_trust_the_silo_says_why()
    {
        await using var silo = Start("alone", _siloFiles);
        await silo.Ready();
        var strangers = new TestAuthority(DateTimeOffset.UtcNow);
        await Says(silo, [], "it closed the connection at once; if it speaks TLS, give --tls-cert, --tls-key and --tls-ca");
        var stranger = strangers.Write(_workspace.InFolder("stranger"), "coordinator.mnist");
        await Says(silo, stranger.Options, "its certificate (silo.mnist) is of a CA that --tls-ca does not have: CN=Test CA");
        File.WriteAllText(stranger.Authority, $"{strangers.Pem}\n{_authority.Pem}");
        await Says(silo, stranger.Options, "it closed the connection after the TLS handshake; if it did not let this program's");
        Assert.Contains("is of a CA that --tls-ca does not have", silo.Process.Said, StringComparison.Ordinal);

        await using var plain = TestSilo.Start("plain", _workspace.Folder, "--data", "data");
        await plain.Ready();
        await Says(plain, _coordinatorFiles.Options, "it broke the TLS handshake off; does it speak TLS?");
        await plain.Process.Line("warn  Refused 127.0.0.1 at the gateway port: it speaks TLS, and this silo does not");
    }

    [Fact]
    public async Task A_renewed_certificate_is_taken_up_by_a_silo_that_runs()
    {
        await using var silo = Start("alone", _siloFiles);
        await silo.Ready();
        using var coordinator = _coordinatorFiles.Load();
        using var before = _siloFiles.Load();
        using var first = await RawClient.Tls(silo.GatewayAddress, null);
        Assert.Equal(before.Thumbprint, first.Thumbprint);

        var next = _authority.Write(_workspace.InFolder("next"), "silo.mnist", to: 200);
        File.Copy(next.Certificate, _siloFiles.Certificate, overwrite: true);
        string line = await silo.Process.Line("The renewed TLS files cannot be used, and the old ones stay in use until they can");
        Assert.Contains("is not the unencrypted PEM key of", line, StringComparison.Ordinal);
        using var kept = await RawClient.Tls(silo.GatewayAddress, null);
        Assert.Equal(before.Thumbprint, kept.Thumbprint);

        File.Copy(next.Key, _siloFiles.Key, overwrite: true);
        await silo.Process.Line("info  The renewed TLS files are taken up: ");
        using var after = next.Load();
        using var shown = await RawClient.Tls(silo.GatewayAddress, null);
        Assert.Equal(after.Thumbprint, shown.Thumbprint);
        silo.AssertLog();
    }

    [Fact]
    public async Task Two_silos_over_Redis_with_TLS_give_the_weights_of_one_process()
    {
        Needs.Redis();
        var redisFiles = _authority.Write(_workspace.InFolder("redis-tls"), "localhost", isClient: false);
        int port = Ports.Free();
        await using var redis = ProgramProcess.Start("redis-server", _workspace.Folder,
        [
            "--port", "0", "--tls-port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--tls-auth-clients", "yes",
            "--tls-cert-file", redisFiles.Certificate, "--tls-key-file", redisFiles.Key, "--tls-ca-cert-file", redisFiles.Authority,
        ]);
        await redis.Line("Ready to accept connections");
        string address = $"localhost:{port},ssl=true";
        // Its files have what they need only with the certificates that are between.
        var between = _authority.Between();
        await using var one = Start("one", _siloFiles, "--redis", address, "--workers", "1");
        await using var two =
            Start("two", between.Write(_workspace.InFolder("between"), "silo.mnist"), "--redis", address, "--workers", "1");
        await Task.WhenAll(one.Ready(), two.Ready());
        var ending = _authority.Write(_workspace.InFolder("ending"), "coordinator.mnist", from: -99, to: 20);
        await using var train = _workspace.Train(["--redis", address, "--min-silos", "2", .. ending.Options]);
        Assert.Equal(await ClusterWorkspace.Reference, await _workspace.Weights(train));
        Assert.Matches($@"^warn: .*The certificate {ending.Certificate} ends on .*: renew it", Assert.Single(train.Error));
        Assert.All([one, two], silo => silo.AssertLog());
        Assert.All([one, two], silo => Assert.DoesNotMatch("Refused|No connection", silo.Process.Said));

        // Whom Redis does not know, it does not let in; and who does not know Redis says so.
        await using var stranger = Start("stranger", new TestAuthority(DateTimeOffset.UtcNow)
            .Write(_workspace.InFolder("stranger"), "silo.mnist"), "--redis", address, "--wait", "0.5");
        var (code, line) = await stranger.Process.OnlyError();
        Assert.Equal(1, code);
        Assert.Contains("Redis is not trusted: its certificate (localhost) is of a CA that --tls-ca does not have", line,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_others_can_reach_without_TLS_warns()
    {
        const string warning = "warn  Whoever reaches this silo's ports on every interface can read and change every run";
        await using var open = TestSilo.Start("open", _workspace.Folder, "--data", "data", "--listen-any");
        await using var closed = Start("closed", _siloFiles, "--listen-any");
        await open.Ready();
        await closed.Ready();
        Assert.Single(open.Process.Output, line => line.Contains(warning, StringComparison.Ordinal));
        Assert.DoesNotContain("Whoever reaches", closed.Process.Said, StringComparison.Ordinal);
    }

    private TestSilo Start(string name, TestCertificate files, params IEnumerable<string> arguments) =>
        TestSilo.Start(name, _workspace.Folder, ["--data", "data", .. files.Options, .. arguments]);

    private ProgramProcess Train(TestSilo silo) => _workspace.Train(["--cluster", silo.GatewayAddress, .. _coordinatorFiles.Options]);

    private async Task Says(TestSilo silo, string[] options, string why)
    {
        await using var train = _workspace.Train(["--cluster", silo.GatewayAddress, .. options]);
        string line = await train.Line("Still no silo of --cluster");
        Assert.True(line.Contains($" answers ({silo.GatewayAddress}: {why}", StringComparison.Ordinal), line);
    }
}
