namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>The PEM files that a program takes part in mutual TLS with.</summary>
/// <param name="Certificate">The program's own certificate, and behind it those of intermediate CAs: <c>--tls-cert</c>.</param>
/// <param name="Key">The private key of it, not encrypted: <c>--tls-key</c>.</param>
/// <param name="Authority">Certificates of the CAs whose certificates are let in, and of no others: <c>--tls-ca</c>.</param>
public sealed record TlsFiles(string Certificate, string Key, string Authority)
{
    /// <summary>The files that the options name; null where none of them is given.</summary>
    /// <exception cref="UsageException">Some of them are given, and some are not.</exception>
    public static TlsFiles? Of(string? certificate, string? key, string? authority)
    {
        (string Option, string? File)[] options = [("--tls-cert", certificate), ("--tls-key", key), ("--tls-ca", authority)];
        if (options.All(option => option.File is null))
            return null;
        if (options.FirstOrDefault(option => option.File is null).Option is { } missing)
            throw new UsageException($"--tls-cert, --tls-key and --tls-ca go together: {missing} is not given.");
        return new TlsFiles(certificate!, key!, authority!);
    }
}
