using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using MnistDistributed.Model;
using Orleans.Connections.Security;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>The connections of a program to silos: with TLS, each has to be a silo by its certificate.</summary>
/// <param name="tls">The program's TLS; null where it has none.</param>
/// <param name="told">Told why a silo is not reached, as the rest of a sentence; null when another try begins.</param>
internal sealed class OutboundConnections(ClusterTls? tls, Action<EndPoint?, string?> told)
{
    /// <summary>Sets it up.</summary>
    public void Configure(IConnectionBuilder builder)
    {
        builder.Use(next => context => Guard(context, next));
        if (tls is not null)
        {
            // As for those who connect: with any other mode there would be two callbacks.
            builder.UseClientTls(new TlsOptions
            {
                RemoteCertificateMode = RemoteCertificateMode.NoCertificate,
                HandshakeTimeout = TlsHandshake.Timeout,
                OnAuthenticateAsClient = (context, options) =>
                    Show((SslClientAuthenticationOptions)options.SslClientAuthenticationOptions, context.Features.Get<TlsHandshake>()!),
            });
        }

        builder.Use(next => context => Run(context, next));
    }

    private async Task Guard(ConnectionContext context, ConnectionDelegate next)
    {
        told(context.RemoteEndPoint, null);
        var handshake = new TlsHandshake();
        context.Features.Set(handshake);
        await next(context);
        if (!handshake.IsDone)
            told(context.RemoteEndPoint, handshake.Problem ?? "it broke the TLS handshake off; does it speak TLS?");
    }

    private async Task Run(ConnectionContext context, ConnectionDelegate next)
    {
        context.Features.Get<TlsHandshake>()!.IsDone = true;
        try
        {
            await next(context);
        }
        catch (Exception e)
        {
            // The two have not come as far as to tell each other who they are. Whether a silo lets this program's certificate in, it
            // decides when the handshake is over on this side.
            string closed = tls is null ? "it closed the connection at once; if it speaks TLS, give --tls-cert, --tls-key and --tls-ca"
                : "it closed the connection after the TLS handshake; if it did not let this program's certificate in, its log says why";
            bool isAnother = e.Message.StartsWith("Unexpected", StringComparison.Ordinal);
            told(context.RemoteEndPoint, isAnother ? OneLine.Brief(e.Message) : closed);
            throw;
        }
    }

    private void Show(SslClientAuthenticationOptions options, TlsHandshake handshake)
    {
        var own = tls!.Current;
        options.TargetHost = tls.Silo;
        options.ClientCertificateContext = own.Context;
        options.CertificateChainPolicy = own.Policy(ofServer: true);
        options.AllowTlsResume = false;
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            handshake.Problem = certificate is X509Certificate2 shown && chain is not null
                ? CertificateCheck.Problem(shown, chain, [tls.Silo], tls.Now) : "it shows no certificate";
            return handshake.Problem is null;
        };
    }
}
