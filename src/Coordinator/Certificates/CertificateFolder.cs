using System.Text;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Coordinator.Certificates;

/// <summary>
/// A folder with a CA and the certificates of a cluster: <c>ca.crt</c>, <c>ca.key</c> and the pairs of silos, coordinators and Redis.
/// </summary>
/// <param name="path">The folder, as the user named it.</param>
public sealed class CertificateFolder(string path)
{
    // It outlives many certificates that it signs.
    private const int DaysOfAuthority = 3650;

    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The folder.</summary>
    public string Path => path;

    /// <summary>The pairs that it holds, the CA's first.</summary>
    public static IReadOnlyList<string> Pairs { get; } = ["ca", "silo", "coordinator", "redis"];

    /// <summary>What a silo is given.</summary>
    public TlsFiles Silo => Files("silo");

    /// <summary>What a coordinator is given.</summary>
    public TlsFiles Coordinator => Files("coordinator");

    /// <summary>The path of a pair's certificate.</summary>
    public string Certificate(string pair) => System.IO.Path.Combine(path, $"{pair}.crt");

    /// <summary>The path of a pair's key.</summary>
    public string Key(string pair) => System.IO.Path.Combine(path, $"{pair}.key");

    /// <summary>Whether a silo and a coordinator find there what they need.</summary>
    public bool IsComplete => Silo is var silo && Coordinator is var coordinator
        && new[] { silo.Certificate, silo.Key, silo.Authority, coordinator.Certificate, coordinator.Key }.All(File.Exists);

    /// <summary>Makes the pairs that are missing, signed by the CA that is there, or by a new one. Nothing is overwritten.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="days">How long the certificates last.</param>
    /// <param name="now">The time.</param>
    /// <returns>The pairs that were made.</returns>
    /// <exception cref="ClusterException">None is missing, or only a half of one, or a CA to what is there.</exception>
    public IReadOnlyList<string> Fill(string clusterId, int days, DateTimeOffset now)
    {
        var made = Missing();
        var authority = made.Contains("ca")
            ? CertificateAuthority.Create($"MnistDistributed CA of {clusterId}", now, Math.Max(days, DaysOfAuthority))
            : CertificateAuthority.Read(Certificate("ca"), Key("ca"), now);
        // All before the first is written: what cannot be leaves nothing behind.
        var pairs = made.Select(pair => (Name: pair, Pem: Issue(pair))).ToList();
        foreach (var pair in pairs)
            Write(pair.Name, pair.Pem);
        return made;

        PemPair Issue(string pair) => pair switch
        {
            "ca" => authority.Pem,
            "silo" => authority.Issue([TlsNames.Silo(clusterId)], isServer: true, isClient: true, now, days),
            "coordinator" => authority.Issue([TlsNames.Coordinator(clusterId)], isServer: false, isClient: true, now, days),
            _ => authority.Issue(RedisNames(), isServer: true, isClient: false, now, days),
        };
    }

    private List<string> Missing()
    {
        foreach (string pair in Pairs)
        {
            if (File.Exists(Certificate(pair)) != File.Exists(Key(pair)))
                throw new ClusterException($"Of {Certificate(pair)} and {Key(pair)} one is there, and nothing is overwritten: "
                    + "delete it, or give another folder.");
        }

        var missing = Pairs.Where(pair => !File.Exists(Certificate(pair))).ToList();
        if (missing.Count == 0)
            throw new ClusterException($"{path} has all certificates already, and nothing is overwritten: delete the pairs that should be "
                + "made anew, such as silo.crt and silo.key, or give another folder.");
        if (missing.Contains("ca") && missing.Count < Pairs.Count)
            throw new ClusterException($"{path} has certificates, but not their CA (ca.crt, ca.key), and another's would not fit them: "
                + "give another folder.");
        return missing;
    }

    /// <summary>Under what Redis is connected to: on this machine, by its name, or as a service of that name.</summary>
    private static List<string> RedisNames()
    {
        List<string> names = ["redis", "localhost", "127.0.0.1", "::1"];
        if (Uri.CheckHostName(Environment.MachineName) == UriHostNameType.Dns && !names.Contains(Environment.MachineName))
            names.Add(Environment.MachineName);
        return names;
    }

    private TlsFiles Files(string pair) => new(Certificate(pair), Key(pair), Certificate("ca"));

    private void Write(string pair, PemPair pem)
    {
        Directory.CreateDirectory(path);
        // The key first: a certificate without one would look like half a pair of somebody else's.
        Write(Key(pair), pem.Key, OnlyOwner);
        Write(Certificate(pair), pem.Certificate, OnlyOwner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void Write(string file, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(text));
    }
}
