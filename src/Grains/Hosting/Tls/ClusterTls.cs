using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>
/// A program's part in the mutual TLS of a cluster: what it shows of itself, whom it trusts, and which names it asks for. Files that are
/// renewed are taken up; those that do not fit are not, and the old ones stay.
/// </summary>
public sealed class ClusterTls
{
    private static readonly TimeSpan MostWarning = TimeSpan.FromDays(30);
    private static readonly TimeSpan Again = TimeSpan.FromDays(1);

    private readonly TlsFiles _files;
    private readonly bool _isSilo;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile TlsIdentity? _current;
    private string _loaded = "";
    private string _refused = "";
    private bool _isKeyLookedAt;
    private string? _toldOf;
    private DateTimeOffset _told;

    private ClusterTls(TlsFiles files, string clusterId, bool isSilo, TimeProvider? time)
    {
        (_files, _isSilo, _time) = (files, isSilo, time ?? TimeProvider.System);
        (Silo, Coordinator) = (TlsNames.Silo(clusterId), TlsNames.Coordinator(clusterId));
    }

    /// <summary>The name that a silo has to show.</summary>
    public string Silo { get; }

    /// <summary>The name that a coordinator has to show.</summary>
    public string Coordinator { get; }

    /// <summary>The files as they are; those of the last time where they cannot be used now.</summary>
    /// <exception cref="InvalidDataException">They could never be used.</exception>
    public TlsIdentity Current
    {
        get
        {
            Load();
            return _current!;
        }
    }

    /// <summary>A silo's part; null without files.</summary>
    /// <exception cref="UsageException">The cluster's id cannot be a part of a DNS name.</exception>
    public static ClusterTls? OfSilo(TlsFiles? files, string clusterId, TimeProvider? time = null) =>
        files is null ? null : new ClusterTls(files, clusterId, isSilo: true, time);

    /// <summary>A coordinator's part; null without files.</summary>
    /// <inheritdoc cref="OfSilo"/>
    public static ClusterTls? OfCoordinator(TlsFiles? files, string clusterId, TimeProvider? time = null) =>
        files is null ? null : new ClusterTls(files, clusterId, isSilo: false, time);

    /// <summary>The time, by the clock that certificates are held to.</summary>
    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>Reads and checks the files, where that has not been done.</summary>
    /// <exception cref="InvalidDataException">They cannot be used.</exception>
    public void Load()
    {
        if (_current is not null)
            return;
        lock (_lock)
            _current ??= Read();
    }

    /// <summary>Takes up files that have changed.</summary>
    /// <returns>What is to be said: each thing once, and once a day that the certificate ends soon.</returns>
    public IReadOnlyList<TlsNews> Look()
    {
        lock (_lock)
        {
            var news = new List<TlsNews>();
            _current ??= Read();
            WarnOfOpenKey(news);
            TakeUp(news);
            WarnOfEnd(news);
            return news;
        }
    }

    private TlsIdentity Read()
    {
        string stamp = Stamp();
        var identity = TlsIdentity.Load(_files, _isSilo ? Silo : Coordinator, _isSilo, Now);
        _loaded = stamp;
        return identity;
    }

    private void TakeUp(List<TlsNews> news)
    {
        string stamp = Stamp();
        if (stamp == _loaded)
        {
            _refused = "";
            return;
        }

        if (stamp == _refused)
            return;
        try
        {
            _current = Read();
            news.Add(new TlsNews(LogLevel.Information, $"The renewed TLS files are taken up: {_files.Certificate} is valid until "
                + $"{CertificateCheck.Day(_current.Certificate.NotAfter)}"));
            _toldOf = null;
        }
        catch (Exception e) when (e is InvalidDataException or CryptographicException)
        {
            _refused = stamp;
            news.Add(new TlsNews(LogLevel.Warning,
                $"The renewed TLS files cannot be used, and the old ones stay in use until they can: {e.Message}"));
        }
    }

    private void WarnOfEnd(List<TlsNews> news)
    {
        var first = _current!.FirstToEnd;
        var left = first.NotAfter - Now;
        var third = (first.NotAfter - first.NotBefore) / 3;
        bool isOver = left <= TimeSpan.Zero;
        if (left > (third < MostWarning ? third : MostWarning)
            || (_toldOf == $"{first.Thumbprint} {isOver}" && Now - _told < Again))
            return;
        (_toldOf, _told) = ($"{first.Thumbprint} {isOver}", Now);
        string which = first.Equals(_current.Certificate) ? $"The certificate {_files.Certificate}"
            : $"The certificate of the CA ({CertificateCheck.Shown(first)}) of {_files.Certificate}";
        string end = CertificateCheck.Day(first.NotAfter);
        news.Add(isOver
            ? new TlsNews(LogLevel.Error, $"{which} expired on {end}: nobody lets this program in any more until it is renewed")
            : new TlsNews(LogLevel.Warning, $"{which} ends on {end}: renew it; new files are taken up without a restart"));
    }

    private void WarnOfOpenKey(List<TlsNews> news)
    {
        if (OperatingSystem.IsWindows() || _isKeyLookedAt)
            return;
        _isKeyLookedAt = true;
        // A volume of Kubernetes holds links, and gives the group the right to read.
        var key = new FileInfo(_files.Key);
        key = key.LinkTarget is null ? key : key.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        if (key is { Exists: true } && (key.UnixFileMode & UnixFileMode.OtherRead) != 0)
            news.Add(new TlsNews(LogLevel.Warning, $"Every user of this machine can read the key {_files.Key}: chmod o-r it"));
    }

    /// <summary>
    /// What the files hold, or why they cannot be read. Times of files say nothing where a link is put in another's place.
    /// </summary>
    private string Stamp()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in (string[])[_files.Certificate, _files.Key, _files.Authority])
        {
            try
            {
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
