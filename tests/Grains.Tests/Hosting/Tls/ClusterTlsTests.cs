using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Grains.Tests.Hosting.Tls;

/// <summary>What a program's TLS files have to be, what becomes of those that change, and what is said of their end.</summary>
public sealed class ClusterTlsTests : IDisposable
{
    private const string Silo = "silo.mnist";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly TestAuthority _authority;

    public ClusterTlsTests() => _authority = new TestAuthority(_time.GetUtcNow());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--tls-key is not given", "a", null, "c")]
    [InlineData("--tls-cert is not given", null, "b", null)]
    [InlineData("--tls-ca is not given", "a", "b", null)]
    public void The_three_files_are_given_together(string says, string? certificate, string? key, string? authority)
    {
        string line = Assert.Throws<UsageException>(() => TlsFiles.Of(certificate, key, authority)).Message;
        Assert.Equal($"--tls-cert, --tls-key and --tls-ca go together: {says}.", line);
    }

    [Fact]
    public void Without_files_there_is_no_TLS() => Assert.Null(ClusterTls.OfSilo(TlsFiles.Of(null, null, null), "any id at all"));

    [Theory]
    [InlineData("a b")]
    [InlineData("a_b")]
    [InlineData("-a")]
    [InlineData("a..b")]
    [InlineData("")]
    public void A_cluster_id_that_is_no_DNS_name_cannot_have_TLS(string id) =>
        Assert.StartsWith($"--cluster-id {id}: with TLS", Assert.Throws<UsageException>(() => TlsNames.Silo(id)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Names_are_made_of_the_cluster_id() =>
        Assert.Equal(("silo.Blue-2.eu", "coordinator.Blue-2.eu"), (TlsNames.Silo("Blue-2.eu"), TlsNames.Coordinator("Blue-2.eu")));

    [Fact]
    public void A_certificate_of_the_CA_in_its_name_and_time_is_good()
    {
        Of(_authority.Write(_folder.Path, Silo)).Load();
        Of(_authority.Between().Write(_folder.Path, Silo)).Load();
        // A coordinator connects only.
        var files = _authority.Write(_folder.Path, "coordinator.mnist", isServer: false);
        ClusterTls.OfCoordinator(Paths(files), "mnist", _time)!.Load();
    }

    [Fact]
    public void What_nobody_would_let_in_is_said_at_the_start()
    {
        Says("its certificate (silo.mnist) expired on 2026-05-31 12:00 UTC.", _authority.Write(_folder.Path, Silo, from: -90, to: -1));
        Says("its certificate (silo.mnist) is not valid before 2026-06-02 12:00 UTC", _authority.Write(_folder.Path, Silo, from: 1));
        Says("its certificate is for silo.green, and not for silo.mnist.", _authority.Write(_folder.Path, "silo.green"));
        Says("its certificate is for *.mnist, and not for silo.mnist.", _authority.Write(_folder.Path, "*.mnist"));
        Says("is not made for this end of a connection", _authority.Write(_folder.Path, Silo, isServer: false));
        Says("is not made for this end of a connection", _authority.Write(_folder.Path, Silo, isClient: false));
        var other = _authority.Write(_folder.Path, Silo);
        File.WriteAllText(other.Authority, new TestAuthority(_time.GetUtcNow()).Pem);
        Says("its certificate (silo.mnist) is of a CA that --tls-ca does not have: CN=Test CA", other);
        var over = new TestAuthority(_time.GetUtcNow(), days: -1);
        Says("the CA of its certificate (silo.mnist) has expired", over.Write(_folder.Path, Silo));
    }

    [Fact]
    public void What_cannot_be_used_is_said_and_with_which_file()
    {
        var files = _authority.Write(_folder.Path, Silo);
        var pair = _authority.Write(_folder.File("other"), Silo);
        File.Copy(pair.Key, files.Key, overwrite: true);
        Says($"--tls-key {files.Key} is not the unencrypted PEM key of --tls-cert {files.Certificate}", files);
        File.WriteAllText(files.Key, "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByq");
        Says($"--tls-key {files.Key} is not the unencrypted PEM key", files);
        File.WriteAllText(files.Certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        Says($"--tls-cert {files.Certificate} holds a certificate that cannot be read", files);
        File.WriteAllText(files.Certificate, "");
        Says($"--tls-cert {files.Certificate} holds no certificate in PEM.", files);
        File.Copy(pair.Certificate, files.Authority, overwrite: true);
        File.Copy(pair.Certificate, files.Certificate, overwrite: true);
        Says($"--tls-ca {files.Authority} holds no CA that has signed itself", files);
        File.Delete(files.Authority);
        Says($"--tls-ca {files.Authority} cannot be read: Could not find file", files);
    }

    [Fact]
    public void A_renewed_file_is_taken_up_and_said_once()
    {
        var files = _authority.Write(_folder.Path, Silo, to: 90);
        var tls = Of(files);
        Assert.Empty(tls.Look());
        string before = tls.Current.Certificate.Thumbprint;

        _authority.Write(_folder.Path, Silo, to: 200);
        var news = Assert.Single(tls.Look());
        Assert.Equal((LogLevel.Information,
            $"The renewed TLS files are taken up: {files.Certificate} is valid until 2026-12-18 12:00 UTC"), (news.Level, news.Line));
        Assert.NotEqual(before, tls.Current.Certificate.Thumbprint);
        Assert.Empty(tls.Look());
    }

    [Fact]
    public void A_renewal_that_does_not_fit_is_said_once_and_the_old_one_stays_until_it_does()
    {
        var files = _authority.Write(_folder.Path, Silo);
        var next = _authority.Write(_folder.File("next"), Silo, to: 200);
        var tls = Of(files);
        tls.Load();
        string before = tls.Current.Certificate.Thumbprint;

        File.Copy(next.Certificate, files.Certificate, overwrite: true);
        var news = Assert.Single(tls.Look());
        Assert.Equal(LogLevel.Warning, news.Level);
        Assert.StartsWith("The renewed TLS files cannot be used, and the old ones stay in use until they can: --tls-key", news.Line,
            StringComparison.Ordinal);
        Assert.Empty(tls.Look());
        Assert.Equal(before, tls.Current.Certificate.Thumbprint);

        File.Delete(files.Key);
        Assert.Contains("cannot be read", Assert.Single(tls.Look()).Line, StringComparison.Ordinal);
        Assert.Empty(tls.Look());

        File.Copy(next.Key, files.Key);
        Assert.Contains("are taken up", Assert.Single(tls.Look()).Line, StringComparison.Ordinal);
        Assert.NotEqual(before, tls.Current.Certificate.Thumbprint);
    }

    [Fact]
    public async Task Files_that_cannot_be_looked_at_are_said_and_looked_at_again()
    {
        var files = _authority.Write(_folder.Path, Silo);
        File.Delete(files.Certificate);
        var log = new LogLines<TlsWatch>();
        using var watch = new TlsWatch(Of(files), _time, log);
        await watch.StartAsync(TestContext.Current.CancellationToken);
        while (log.Lines.Count < 2 && !watch.ExecuteTask!.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        Assert.All(log.Lines, line => Assert.Contains("cannot be looked at: --tls-cert", line, StringComparison.Ordinal));
        Assert.False(watch.ExecuteTask!.IsCompleted);
        await watch.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_renewal_that_another_CA_signed_is_not_taken_up()
    {
        var files = _authority.Write(_folder.Path, Silo);
        var tls = Of(files);
        tls.Load();
        var stranger = new TestAuthority(_time.GetUtcNow()).Write(_folder.File("stranger"), Silo);
        File.Copy(stranger.Certificate, files.Certificate, overwrite: true);
        File.Copy(stranger.Key, files.Key, overwrite: true);
        Assert.Contains("is of a CA that --tls-ca does not have", Assert.Single(tls.Look()).Line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_a_link_leads_to_is_put_in_place_of_another()
    {
        Needs.Unix();
        // So Kubernetes renews a Secret: the files are links into "..data", and that is a link that is replaced.
        _authority.Write(_folder.File("first"), Silo, to: 90);
        _authority.Write(_folder.File("second"), Silo, to: 200);
        System.IO.Directory.CreateSymbolicLink(_folder.File("..data"), "first");
        foreach (string name in (string[])["tls.crt", "tls.key", "ca.crt"])
            File.CreateSymbolicLink(_folder.File(name), $"..data/{name}");
        var tls = Of(new TestCertificate(_folder.File("tls.crt"), _folder.File("tls.key"), _folder.File("ca.crt")));
        Assert.Empty(tls.Look());

        System.IO.Directory.CreateSymbolicLink(_folder.File("..new"), "second");
        System.IO.Directory.Move(_folder.File("..data"), _folder.File("..old"));
        System.IO.Directory.Move(_folder.File("..new"), _folder.File("..data"));
        Assert.Contains("valid until 2026-12-18", Assert.Single(tls.Look()).Line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, 90, 30)]
    [InlineData(-10, 50, 20)]
    public void The_end_is_said_thirty_days_before_or_a_third_of_the_life_and_then_daily(int from, int to, int warned)
    {
        var files = _authority.Write(_folder.Path, Silo, from, to);
        var tls = Of(files);
        Assert.Empty(tls.Look());
        _time.Advance(TimeSpan.FromDays(to - warned) - TimeSpan.FromMinutes(1));
        Assert.Empty(tls.Look());
        _time.Advance(TimeSpan.FromMinutes(2));
        var news = Assert.Single(tls.Look());
        Assert.Equal(LogLevel.Warning, news.Level);
        Assert.Matches(@"^The certificate .*tls\.crt ends on 2026-\d\d-\d\d 12:00 UTC: renew it", news.Line);
        Assert.Empty(tls.Look());
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Single(tls.Look());

        _time.Advance(TimeSpan.FromDays(warned - 1));
        news = Assert.Single(tls.Look());
        Assert.Equal(LogLevel.Error, news.Level);
        Assert.Contains("nobody lets this program in any more", news.Line, StringComparison.Ordinal);
        Assert.Empty(tls.Look());
    }

    [Fact]
    public void The_end_of_the_CA_is_said_too()
    {
        var authority = new TestAuthority(_time.GetUtcNow(), days: 20);
        var news = Assert.Single(Of(authority.Write(_folder.Path, Silo, to: 60)).Look());
        Assert.StartsWith("The certificate of the CA (CN=Test CA) of ", news.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_every_user_can_read_is_said()
    {
        Needs.Unix();
        var files = _authority.Write(_folder.Path, Silo);
        Assert.Empty(Of(files).Look());
#pragma warning disable CA1416 // Needs.Unix.
        File.SetUnixFileMode(files.Key, File.GetUnixFileMode(files.Key) | UnixFileMode.OtherRead);
#pragma warning restore CA1416
        var tls = Of(files);
        Assert.Equal($"Every user of this machine can read the key {files.Key}: chmod o-r it", Assert.Single(tls.Look()).Line);
        Assert.Empty(tls.Look());
    }

    private ClusterTls Of(TestCertificate files) => ClusterTls.OfSilo(Paths(files), "mnist", _time)!;

    private static TlsFiles Paths(TestCertificate files) => TlsFiles.Of(files.Certificate, files.Key, files.Authority)!;

    private void Says(string what, TestCertificate files)
    {
        string line = Assert.Throws<InvalidDataException>(() => Of(files).Load()).Message;
        Assert.Contains(what, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
        Assert.StartsWith("--tls-", line, StringComparison.Ordinal);
    }
}
