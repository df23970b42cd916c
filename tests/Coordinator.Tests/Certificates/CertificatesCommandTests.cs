using System.Security.Cryptography.X509Certificates;
using MnistDistributed.Coordinator.Certificates;
using MnistDistributed.Grains.Hosting.Tls;
using static MnistDistributed.Coordinator.Tests.Commands.CommandLine;

namespace MnistDistributed.Coordinator.Tests.Certificates;

/// <summary><c>mnist certificates</c>: what it writes is what silos, coordinators and Redis need, and nothing is overwritten.</summary>
public sealed class CertificatesCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new("mnist certificates ");

    private string Dir => _folder.File("certs");

    private CertificateFolder Certificates => new(Dir);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_is_good_for_silos_coordinators_and_Redis_and_only_the_owner_reads_the_keys()
    {
        var (code, output, error) = await Run("certificates", Dir, "--cluster-id", "blue");
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(["ca.crt", "ca.key", "coordinator.crt", "coordinator.key", "redis.crt", "redis.key", "silo.crt", "silo.key"],
            Directory.GetFiles(Dir).Select(path => Path.GetFileName(path)).Order());
        ClusterTls.OfSilo(Certificates.Silo, "blue")!.Load();
        ClusterTls.OfCoordinator(Certificates.Coordinator, "blue")!.Load();
        var ca = X509CertificateLoader.LoadCertificateFromFile(Certificates.Certificate("ca"));
        var redis = X509CertificateLoader.LoadCertificateFromFile(Certificates.Certificate("redis"));
        foreach (string host in (string[])["localhost", "127.0.0.1", "::1", "redis"])
        {
            Assert.Null(CertificateCheck.Problem(
                redis, CertificateCheck.Policy([ca], ofServer: true), [host], DateTimeOffset.UtcNow.AddDays(364)));
        }

        Assert.Contains("expired", CertificateCheck.Problem(
            redis, CertificateCheck.Policy([ca], ofServer: true), ["redis"], DateTimeOffset.UtcNow.AddDays(366)), StringComparison.Ordinal);
        Assert.NotNull(CertificateCheck.Problem(redis, CertificateCheck.Policy([ca], ofServer: false), ["redis"], DateTimeOffset.UtcNow));
        if (!OperatingSystem.IsWindows())
        {
            foreach (string pair in CertificateFolder.Pairs)
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Certificates.Key(pair)));
        }

        Assert.Contains($"Silo    ./mnist silo --cluster-id blue --tls-cert \"{Certificates.Certificate("silo")}\"", output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_is_missing_is_made_anew_by_the_same_CA_and_nothing_is_overwritten()
    {
        await Run("certificates", Dir);
        byte[] ca = File.ReadAllBytes(Certificates.Certificate("ca")), silo = File.ReadAllBytes(Certificates.Certificate("silo"));
        var (code, output, error) = await Run("certificates", Dir);
        Assert.Equal((1, ""), (code, output));
        AssertOneLine(error, "has all certificates already, and nothing is overwritten");

        File.Delete(Certificates.Key("silo"));
        (code, _, error) = await Run("certificates", Dir);
        Assert.Equal(1, code);
        AssertOneLine(error, "one is there, and nothing is overwritten");

        File.Delete(Certificates.Certificate("silo"));
        (code, output, _) = await Run("certificates", Dir, "--days", "30");
        Assert.Equal(0, code);
        Assert.Single(output.Split('\n'), line => line.StartsWith("Wrote", StringComparison.Ordinal));
        Assert.Equal(ca, File.ReadAllBytes(Certificates.Certificate("ca")));
        Assert.NotEqual(silo, File.ReadAllBytes(Certificates.Certificate("silo")));
        var tls = ClusterTls.OfSilo(Certificates.Silo, "mnist")!;
        Assert.InRange(tls.Current.Certificate.NotAfter, DateTime.Now.AddDays(29), DateTime.Now.AddDays(31));
    }

    [Fact]
    public async Task A_folder_with_certificates_of_another_CA_is_left_alone()
    {
        await Run("certificates", Dir);
        File.Delete(Certificates.Certificate("ca"));
        File.Delete(Certificates.Key("ca"));
        var (code, _, error) = await Run("certificates", Dir);
        Assert.Equal(1, code);
        AssertOneLine(error, "has certificates, but not their CA");

        File.WriteAllText(Certificates.Certificate("ca"), "");
        File.WriteAllText(Certificates.Key("ca"), "");
        File.Delete(Certificates.Certificate("silo"));
        File.Delete(Certificates.Key("silo"));
        (code, _, error) = await Run("certificates", Dir);
        Assert.Equal(1, code);
        AssertOneLine(error, "so nothing can be signed by them");
    }

    [Fact]
    public async Task What_is_no_CA_or_one_no_more_signs_nothing()
    {
        await Run("certificates", Dir);
        File.Copy(Certificates.Certificate("silo"), Certificates.Certificate("ca"), overwrite: true);
        File.Copy(Certificates.Key("silo"), Certificates.Key("ca"), overwrite: true);
        File.Delete(Certificates.Certificate("silo"));
        File.Delete(Certificates.Key("silo"));
        var (code, _, error) = await Run("certificates", Dir);
        Assert.Equal(1, code);
        AssertOneLine(error, "so nothing can be signed by them");

        var expired = CertificateAuthority.Create("expired", DateTimeOffset.UtcNow.AddDays(-9), days: 7).Pem;
        File.WriteAllText(Certificates.Certificate("ca"), expired.Certificate);
        File.WriteAllText(Certificates.Key("ca"), expired.Key);
        (code, _, error) = await Run("certificates", Dir);
        Assert.Equal(1, code);
        AssertOneLine(error, "has expired, so nothing can be signed by it");
        Assert.False(File.Exists(Certificates.Certificate("silo")));
    }

    [Theory]
    [InlineData("--cluster-id a/b: with TLS the id is a part of DNS names", "--cluster-id", "a/b")]
    [InlineData("--days 0: give 1 to 3650", "--days", "0")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(string says, params string[] arguments)
    {
        var (code, _, error) = await Run(["certificates", Dir, .. arguments]);
        Assert.Equal(2, code);
        AssertOneLine(error, says);
        Assert.False(Directory.Exists(Dir));
    }
}
