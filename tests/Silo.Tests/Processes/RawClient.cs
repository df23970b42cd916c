using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>Who connects to a silo's port without being one of its programs.</summary>
internal static class RawClient
{
    /// <summary>Goes through the handshake and on until the silo closes the connection, or has something to say.</summary>
    /// <param name="address">The port.</param>
    /// <param name="certificate">What is shown; null for nothing.</param>
    /// <returns>The certificate that the silo shows.</returns>
    public static async Task<X509Certificate2> Tls(string address, X509Certificate2? certificate)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        await using var tls = new SslStream(client.GetStream());
        // Shown with no store asked, and nothing checked: here the silo is who checks.
        var context = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true);
        X509Certificate2? shown = null;
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "silo.mnist",
                ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
                ClientCertificateContext = context,
                RemoteCertificateValidationCallback = (_, remote, _, _) =>
                {
                    shown = X509CertificateLoader.LoadCertificate(remote!.GetRawCertData());
                    return shown is not null;
                },
            });
            await tls.ReadExactlyAsync(new byte[1]);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // It was not let in.
        }

        return shown!;
    }

    /// <summary>Says something that is no TLS, and waits until the silo closes the connection.</summary>
    public static async Task Text(string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        try
        {
            await client.GetStream().ReadExactlyAsync(new byte[1]);
        }
        catch (IOException)
        {
            // It is closed.
        }
    }

    /// <summary>Connects, and goes without a word.</summary>
    public static async Task Silence(string address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(address));
    }
}
