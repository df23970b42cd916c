using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MnistDistributed.Grains.Hosting.Tls;
using MnistDistributed.Model;
using StackExchange.Redis;

namespace MnistDistributed.Grains.Hosting;

/// <summary>How the Redis that keeps a cluster's membership is connected to, by every program.</summary>
public static class RedisConnection
{
    /// <summary>How a Redis is connected to. Where it speaks TLS, the program's own TLS counts for it too.</summary>
    /// <param name="redis">The Redis.</param>
    /// <param name="tls">
    /// The program's TLS, where it has some: its certificate is shown to Redis, and its CAs are trusted besides the system's.
    /// </param>
    public static ConfigurationOptions Options(RedisAddress redis, ClusterTls? tls)
    {
        var options = redis.Options();
        if (options.Ssl && tls is not null)
            options.SslClientAuthenticationOptions = host => Handshake(host, options, tls);
        return options;
    }

    /// <summary>Why Redis is not connected to: what is at the bottom of an error, without what is the same in all of them.</summary>
    public static string Why(RedisException error)
    {
        var bottom = error.GetBaseException();
        string why = bottom.Message.Replace("It was not possible to connect to the redis server(s). ", "", StringComparison.Ordinal);
        // What a connection that was closed comes to depends on where it was just then.
        bool isClosed = bottom is ObjectDisposedException or OperationCanceledException or SocketException
            { SocketErrorCode: SocketError.OperationAborted } || why.StartsWith("Error connecting right now", StringComparison.Ordinal);
        return isClosed ? "nobody is there, or it closes connections: is it TLS, is our certificate good, is it in protected mode?"
            : OneLine.Brief(why);
    }

    // Asked for at every connection, so that renewed files count from the next one on.
    private static SslClientAuthenticationOptions Handshake(string host, ConfigurationOptions options, ClusterTls tls) => new()
    {
        TargetHost = host,
        EnabledSslProtocols = options.SslProtocols ?? SslProtocols.None,
        CertificateRevocationCheckMode =
            options.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
        ClientCertificateContext = tls.Current.Context,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            errors == SslPolicyErrors.None || IsOurs(certificate as X509Certificate2, chain, host, tls),
    };

    private static bool IsOurs(X509Certificate2? certificate, X509Chain? chain, string host, ClusterTls tls)
    {
        if (certificate is null)
            return false;
        var policy = tls.Current.Policy(ofServer: true);
        policy.ExtraStore.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        // An exception's message is what there is to see of it.
        return CertificateCheck.Problem(certificate, policy, [host], tls.Now) is not { } problem ? true
            : throw new AuthenticationException($"Redis is not trusted: {problem}");
    }
}
