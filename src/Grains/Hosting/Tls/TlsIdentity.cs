using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>What a program shows of itself in a handshake, and whom it trusts: the content of its three files at one time.</summary>
public sealed class TlsIdentity
{
    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection sent, X509Certificate2Collection authorities)
    {
        Certificate = certificate;
        Authorities = authorities;
        // The CA's own certificate is not sent: the other side has it, or does not believe it.
        Context = SslStreamCertificateContext.Create(certificate, sent, offline: true);
    }

    /// <summary>The program's own certificate, with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The certificate with those between it and the CA, as they are sent.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>The CAs whose certificates are let in.</summary>
    public X509Certificate2Collection Authorities { get; }

    /// <summary>The certificate of the own chain that ends first.</summary>
    public X509Certificate2 FirstToEnd { get; private set; } = null!;

    /// <summary>Reads and checks the files.</summary>
    /// <param name="files">Where they are.</param>
    /// <param name="name">The DNS name that the own certificate has to bear.</param>
    /// <param name="isServer">Whether it is shown to those who connect too.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, or the others would not let this certificate in.</exception>
    public static TlsIdentity Load(TlsFiles files, string name, bool isServer, DateTimeOffset now)
    {
        string own = Read("--tls-cert", files.Certificate);
        var chain = Certificates("--tls-cert", files.Certificate, own);
        var authorities = Certificates("--tls-ca", files.Authority, Read("--tls-ca", files.Authority));
        if (!authorities.Any(CertificateCheck.IsRoot))
        {
            throw new InvalidDataException(
                $"--tls-ca {files.Authority} holds no CA that has signed itself, so nothing can be trusted by it.");
        }

        var certificate = WithKey(own, Read("--tls-key", files.Key), files);
        chain.RemoveAt(0);
        var identity = new TlsIdentity(certificate, chain, authorities);
        foreach (bool ofServer in isServer ? (bool[])[true, false] : [false])
            identity.CheckOwn(files, name, ofServer, chain, now);
        return identity;
    }

    /// <summary>How another's certificate is checked.</summary>
    /// <param name="ofServer">Whether it is a server's rather than a client's.</param>
    public X509ChainPolicy Policy(bool ofServer) => CertificateCheck.Policy(Authorities, ofServer);

    private void CheckOwn(TlsFiles files, string name, bool ofServer, X509Certificate2Collection sent, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(ofServer) };
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.Build(Certificate);
        if (CertificateCheck.Problem(Certificate, chain, [name], now) is { } problem)
            throw new InvalidDataException($"--tls-cert {files.Certificate}: {problem}.");
        FirstToEnd = chain.ChainElements.Select(element => element.Certificate).MinBy(certificate => certificate.NotAfter)!;
    }

    private static X509Certificate2 WithKey(string certificate, string key, TlsFiles files)
    {
        try
        {
            var pair = X509Certificate2.CreateFromPem(certificate, key);
            // There a key that is in no store cannot be used for TLS.
            return OperatingSystem.IsWindows() ? X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null) : pair;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException($"--tls-key {files.Key} is not the unencrypted PEM key of --tls-cert {files.Certificate}: "
                + OneLine.Brief(e.Message));
        }
    }

    private static X509Certificate2Collection Certificates(string option, string file, string text)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"{option} {file} holds a certificate that cannot be read: {OneLine.Brief(e.Message)}");
        }

        return certificates.Count > 0 ? certificates : throw new InvalidDataException($"{option} {file} holds no certificate in PEM.");
    }

    private static string Read(string option, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{option} {file} cannot be read: {OneLine.Brief(e.Message)}");
        }
    }
}
