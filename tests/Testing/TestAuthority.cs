using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MnistDistributed.Testing;

/// <summary>A CA whose certificates may be wrong in every way.</summary>
public sealed class TestAuthority
{
    private static readonly OidCollection Server = [new Oid("1.3.6.1.5.5.7.3.1")];
    private static readonly OidCollection Client = [new Oid("1.3.6.1.5.5.7.3.2")];

    private readonly DateTimeOffset _now;
    private readonly X509Certificate2 _certificate;
    private readonly string _intermediates = "";

    /// <summary>Makes one; two of the same name are not the same.</summary>
    /// <param name="now">The time.</param>
    /// <param name="days">How long it lasts.</param>
    public TestAuthority(DateTimeOffset now, int days = 1000)
    {
        _now = now;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _certificate = Authority("Test CA", key).CreateSelfSigned(now.AddDays(-400), now.AddDays(days));
        Pem = _certificate.ExportCertificatePem();
    }

    private TestAuthority(TestAuthority root)
    {
        _now = root._now;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Authority("Test CA between", key);
        _certificate = request.Create(root._certificate, _now.AddDays(-400), _now.AddDays(500), [7]).CopyWithPrivateKey(key);
        _intermediates = _certificate.ExportCertificatePem();
        Pem = root.Pem;
    }

    /// <summary>Its certificate; of one between, the root's.</summary>
    public string Pem { get; }

    /// <summary>Another CA, whose certificate this one signs.</summary>
    public TestAuthority Between() => new(this);

    /// <summary>Writes a certificate, its key and this CA into a folder.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="name">The DNS name in the certificate.</param>
    /// <param name="from">Days from now to its begin.</param>
    /// <param name="to">Days from now to its end.</param>
    /// <param name="isServer">Whether it is for servers.</param>
    /// <param name="isClient">Whether it is for clients.</param>
    public TestCertificate Write(string folder, string name, int from = -1, int to = 90, bool isServer = true, bool isClient = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, true, false));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [.. isServer ? Server : [], .. isClient ? Client : []], critical: false));
        // The other way to sign takes no certificate that outlives its CA.
        using var signing = _certificate.GetECDsaPrivateKey()!;
        using var certificate = request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(signing), _now.AddDays(from),
            _now.AddDays(to), RandomNumberGenerator.GetBytes(8));
        Directory.CreateDirectory(folder);
        var files = new TestCertificate(Path.Combine(folder, "tls.crt"), Path.Combine(folder, "tls.key"), Path.Combine(folder, "ca.crt"));
        File.WriteAllText(files.Certificate, $"{certificate.ExportCertificatePem()}\n{_intermediates}\n");
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.Authority, Pem);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(files.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        return files;
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        // By it a certificate finds its CA among several of one name, as where a CA is made anew.
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }
}
