using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Grains.Tests.Hosting.Tls;

/// <summary>How Redis is connected to: with TLS, by the program's own files, as they are at each connection.</summary>
public sealed class RedisConnectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new(DateTimeOffset.UtcNow);
    private readonly ClusterTls _tls;

    public RedisConnectionTests() => _tls = Tls(_authority.Write(_folder.Path, "silo.mnist"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Without_ssl_or_without_TLS_it_is_as_StackExchange_Redis_has_it()
    {
        Assert.Null(RedisConnection.Options(RedisAddress.Parse("redis:6379"), _tls).SslClientAuthenticationOptions);
        Assert.Null(RedisConnection.Options(RedisAddress.Parse("redis:6379,ssl=true"), null).SslClientAuthenticationOptions);
    }

    [Fact]
    public void The_next_connection_shows_the_renewed_certificate()
    {
        var options = RedisConnection.Options(RedisAddress.Parse("redis:6379,ssl=true"), _tls);
        Assert.Equal(_tls.Current.Certificate.Thumbprint, Shown());
        _authority.Write(_folder.Path, "silo.mnist", to: 200);
        _tls.Look();
        Assert.Equal(_tls.Current.Certificate.Thumbprint, Shown());

        string Shown()
        {
            var handshake = options.SslClientAuthenticationOptions!("redis");
            Assert.Equal("redis", handshake.TargetHost);
            return handshake.ClientCertificateContext!.TargetCertificate.Thumbprint;
        }
    }

    [Fact]
    public void Redis_is_trusted_by_our_CA_in_its_name_and_by_the_systems()
    {
        var check = RedisConnection.Options(RedisAddress.Parse("redis:6379,ssl=true"), _tls).SslClientAuthenticationOptions!("redis")
            .RemoteCertificateValidationCallback!;
        Assert.True(Trusts(_authority, "redis"));
        Assert.True(check(this, null, null, SslPolicyErrors.None));
        Assert.False(check(this, null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
        Assert.Equal("Redis is not trusted: its certificate is for other, and not for redis",
            Assert.Throws<AuthenticationException>(() => Trusts(_authority, "other")).Message);
        Assert.StartsWith("Redis is not trusted: its certificate (redis) is of a CA that --tls-ca does not have",
            Assert.Throws<AuthenticationException>(() => Trusts(new TestAuthority(DateTimeOffset.UtcNow), "redis")).Message,
            StringComparison.Ordinal);

        bool Trusts(TestAuthority authority, string name)
        {
            using var certificate = authority.Write(_folder.File("redis"), name, isClient: false).Load();
            using var chain = new X509Chain();
            return check(this, certificate, chain, SslPolicyErrors.RemoteCertificateChainErrors);
        }
    }

    private static ClusterTls Tls(TestCertificate files) =>
        ClusterTls.OfSilo(TlsFiles.Of(files.Certificate, files.Key, files.Authority), "mnist")!;
}
