using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MnistDistributed.Model;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>The rules that a certificate is held to: of our CA, in its time, made for its use, in the right name.</summary>
public static class CertificateCheck
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    // What a certificate of another CA comes to: none of its issuers is known, or one has our CA's name and not its key.
    private const X509ChainStatusFlags Foreign =
        X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotSignatureValid;

    /// <summary>How a chain is built: to our CAs alone, by what is at hand; nothing is fetched, and no revocation is asked for.</summary>
    /// <param name="authorities">Our CAs, and what leads to them.</param>
    /// <param name="ofServer">Whether the certificate is a server's rather than a client's.</param>
    public static X509ChainPolicy Policy(X509Certificate2Collection authorities, bool ofServer)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var authority in authorities)
            (IsRoot(authority) ? policy.CustomTrustStore : policy.ExtraStore).Add(authority);
        policy.ApplicationPolicy.Add(ofServer ? ServerAuthentication : ClientAuthentication);
        return policy;
    }

    /// <summary>Whether a certificate is a CA's that has signed itself.</summary>
    public static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>Why a certificate is not let in, as the rest of a sentence; null if it is.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="chain">Its chain, as it was built.</param>
    /// <param name="names">DNS names or addresses, one of which it has to bear.</param>
    /// <param name="now">The time.</param>
    public static string? Problem(X509Certificate2 certificate, X509Chain chain, IReadOnlyList<string> names, DateTimeOffset now)
    {
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, each) => all | each.Status);
        if ((status & Foreign) != 0)
            return $"its certificate ({Shown(certificate)}) is of a CA that --tls-ca does not have: {Brief(certificate.Issuer)}";
        if (now > certificate.NotAfter)
            return $"its certificate ({Shown(certificate)}) expired on {Day(certificate.NotAfter)}";
        if (now < certificate.NotBefore)
            return $"its certificate ({Shown(certificate)}) is not valid before {Day(certificate.NotBefore)}; are the clocks right?";
        if ((status & X509ChainStatusFlags.NotTimeValid) != 0)
            return $"the CA of its certificate ({Shown(certificate)}) has expired";
        if ((status & X509ChainStatusFlags.NotValidForUsage) != 0)
            return $"its certificate ({Shown(certificate)}) is not made for this end of a connection (extended key usage)";
        if (status != X509ChainStatusFlags.NoError)
            return $"its certificate ({Shown(certificate)}) is not valid: {Brief(chain.ChainStatus[0].StatusInformation)}";
        return names.Any(name => certificate.MatchesHostname(name, allowWildcards: false, allowCommonName: false)) ? null
            : $"its certificate is for {Shown(certificate)}, and not for {string.Join(" or ", names)}";
    }

    /// <summary>Builds a certificate's chain and checks it.</summary>
    /// <inheritdoc cref="Problem(X509Certificate2, X509Chain, IReadOnlyList{string}, DateTimeOffset)"/>
    public static string? Problem(
        X509Certificate2 certificate, X509ChainPolicy policy, IReadOnlyList<string> names, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = policy };
        policy.VerificationTime = now.LocalDateTime;
        chain.Build(certificate);
        return Problem(certificate, chain, names, now);
    }

    /// <summary>The names that a certificate bears, for people; its subject where it bears none.</summary>
    public static string Shown(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames()).ToList();
        return Brief(names.Count > 0 ? string.Join(", ", names) : certificate.Subject);
    }

    /// <summary>A time, for people.</summary>
    public static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // It comes from whoever connects.
    private static string Brief(string text) => OneLine.Brief(text) is { Length: > 80 } line ? $"{line[..80]} ..." : OneLine.Brief(text);
}
