using System.Buffers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Connections.Security;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>
/// Who is let in at a port of a silo. What Orleans itself would say of those who are not names neither them nor the reason.
/// </summary>
/// <param name="tls">The silo's TLS; null where it has none.</param>
/// <param name="port">The port, for people.</param>
/// <param name="names">Those who are let in.</param>
internal sealed class InboundConnections(ClusterTls? tls, string port, IReadOnlyList<string> names)
{
    // Content type "handshake", and the major version 3. In Orleans' own protocol they would be a length that it does not have.
    private const int Opening = 3;

    /// <summary>Sets it up for the port.</summary>
    public void Configure(IConnectionBuilder builder)
    {
        var refusals = builder.ApplicationServices.GetRequiredService<Refusals>();
        builder.Use(next => context => Guard(context, next, refusals));
        if (tls is null)
            return;
        // With any other mode there would be two callbacks for the certificate, and this one does not know whose it is.
        builder.UseServerTls(new TlsOptions
        {
            RemoteCertificateMode = RemoteCertificateMode.NoCertificate,
            LocalServerCertificateSelector = (_, _) => tls.Current.Certificate,
            HandshakeTimeout = TlsHandshake.Timeout,
            OnAuthenticateAsServer = (context, options) =>
                Ask((SslServerAuthenticationOptions)options.SslServerAuthenticationOptions, context.Features.Get<TlsHandshake>()!),
        });
        builder.Use(next => context =>
        {
            context.Features.Get<TlsHandshake>()!.IsDone = true;
            return next(context);
        });
    }

    private async Task Guard(ConnectionContext context, ConnectionDelegate next, Refusals refusals)
    {
        var handshake = new TlsHandshake();
        context.Features.Set(handshake);
        bool? speaksTls = await SpeaksTls(context);
        if (speaksTls == (tls is not null))
            await next(context);
        if (speaksTls is null || (tls is null && speaksTls == false) || handshake.IsDone)
            return;
        refusals.Refused(context.RemoteEndPoint, port, (speaksTls, tls) switch
        {
            (true, null) => "it speaks TLS, and this silo does not: give all of them --tls-cert, --tls-key and --tls-ca, or none",
            (false, _) => "it does not speak TLS (plain text): it needs --tls-cert, --tls-key and --tls-ca as this silo has them",
            _ => handshake.Problem ?? "it broke the TLS handshake off, as one does that does not trust this silo's certificate",
        });
    }

    private void Ask(SslServerAuthenticationOptions options, TlsHandshake handshake)
    {
        var own = tls!.Current;
        options.ServerCertificateSelectionCallback = null;
        options.ServerCertificateContext = own.Context;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = own.Policy(ofServer: false);
        // A resumed session would not be checked again.
        options.AllowTlsResume = false;
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            handshake.Problem = certificate is X509Certificate2 shown && chain is not null
                ? CertificateCheck.Problem(shown, chain, names, tls.Now) : "it shows no certificate";
            return handshake.Problem is null;
        };
    }

    /// <summary>Looks at the first bytes, and leaves them where they are.</summary>
    /// <returns>Null if it closed the connection, or was silent for too long: whoever looks whether a port is open does so.</returns>
    private static async Task<bool?> SpeaksTls(ConnectionContext context)
    {
        using var patience = new CancellationTokenSource(TlsHandshake.Timeout);
        try
        {
            while (true)
            {
                var read = await context.Transport.Input.ReadAsync(patience.Token);
                bool isEnough = read.Buffer.Length >= Opening;
                bool? answer = isEnough ? IsTls(read.Buffer) : null;
                context.Transport.Input.AdvanceTo(read.Buffer.Start, isEnough ? read.Buffer.Start : read.Buffer.End);
                if (isEnough || read.IsCompleted || read.IsCanceled)
                    return answer;
            }
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            return null;
        }
    }

    private static bool IsTls(ReadOnlySequence<byte> buffer)
    {
        Span<byte> opening = stackalloc byte[Opening];
        buffer.Slice(0, Opening).CopyTo(opening);
        return opening is [0x16, 3, >= 1 and <= 4];
    }
}
