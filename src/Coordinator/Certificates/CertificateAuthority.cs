using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MnistDistributed.Coordinator.Certificates;

/// <summary>A CA for trying TLS: it signs certificates on the curve P-256.</summary>
public sealed class CertificateAuthority
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1", "Server Authentication");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2", "Client Authentication");

    // Clocks of other machines may be behind.
    private static readonly TimeSpan Before = TimeSpan.FromHours(1);

    private readonly X509Certificate2 _certificate;

    private CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>When its own certificate ends.</summary>
    public DateTimeOffset End => _certificate.NotAfter;

    /// <summary>Makes a new one.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="now">The time.</param>
    /// <param name="days">How long it lasts.</param>
    public static CertificateAuthority Create(string name, DateTimeOffset now, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request($"CN={name}", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return new CertificateAuthority(request.CreateSelfSigned(now - Before, now.AddDays(days)));
    }

    /// <summary>Reads one.</summary>
    /// <param name="certificate">The path of its certificate.</param>
    /// <param name="key">The path of its key.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="InvalidDataException">They are not those of a CA of this kind, or its time is over.</exception>
    public static CertificateAuthority Read(string certificate, string key, DateTimeOffset now)
    {
        try
        {
            var pair = X509Certificate2.CreateFromPemFile(certificate, key);
            if (now >= pair.NotAfter)
                throw new InvalidDataException($"The CA {certificate} has expired, so nothing can be signed by it: give another folder.");
            if (pair.GetECDsaPrivateKey() is not null
                && pair.Extensions.OfType<X509BasicConstraintsExtension>().Any(extension => extension.CertificateAuthority))
            {
                return new CertificateAuthority(pair);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Whatever is wrong with them, they have to be made anew.
        }

        throw new InvalidDataException(
            $"{certificate} and {key} are not a CA's certificate and its key on a curve, so nothing can be signed by them.");
    }

    /// <summary>Its certificate and its key.</summary>
    public PemPair Pem => Export(_certificate, _certificate.GetECDsaPrivateKey()!);

    /// <summary>Signs a certificate for a new key.</summary>
    /// <param name="names">DNS names and addresses that it bears; the first is its subject.</param>
    /// <param name="isServer">Whether its owner is connected to.</param>
    /// <param name="isClient">Whether its owner connects.</param>
    /// <param name="now">The time.</param>
    /// <param name="days">How long it lasts, but no longer than the CA.</param>
    public PemPair Issue(IReadOnlyList<string> names, bool isServer, bool isClient, DateTimeOffset now, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request($"CN={names[0]}", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        var usages = new OidCollection();
        if (isServer)
            usages.Add(ServerAuthentication);
        if (isClient)
            usages.Add(ClientAuthentication);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        request.CertificateExtensions.Add(Names(names));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            _certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var end = now.AddDays(days) < End ? now.AddDays(days) : End;
        var begin = now - Before > _certificate.NotBefore ? now - Before : _certificate.NotBefore;
        using var certificate = request.Create(_certificate, begin, end, RandomNumberGenerator.GetBytes(16));
        return Export(certificate, key);
    }

    private static CertificateRequest Request(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static X509Extension Names(IEnumerable<string> names)
    {
        var builder = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                builder.AddIpAddress(address);
            else
                builder.AddDnsName(name);
        }

        return builder.Build();
    }

    private static PemPair Export(X509Certificate2 certificate, ECDsa key) =>
        new($"{certificate.ExportCertificatePem()}\n", $"{key.ExportPkcs8PrivateKeyPem()}\n");
}
