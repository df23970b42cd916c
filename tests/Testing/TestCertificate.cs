using System.Security.Cryptography.X509Certificates;

namespace MnistDistributed.Testing;

/// <summary>The files of a <see cref="TestAuthority"/>.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">Its key.</param>
/// <param name="Authority">The CA.</param>
public sealed record TestCertificate(string Certificate, string Key, string Authority)
{
    /// <summary>The options that name them.</summary>
    public string[] Options => ["--tls-cert", Certificate, "--tls-key", Key, "--tls-ca", Authority];

    /// <summary>The certificate with its key.</summary>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(Certificate, Key);
}
