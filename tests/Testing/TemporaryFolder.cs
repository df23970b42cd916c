namespace MnistDistributed.Testing;

/// <summary>A folder that goes when the test ends.</summary>
/// <param name="prefix">What its name begins with.</param>
public sealed class TemporaryFolder(string prefix = "mnist-test-") : IDisposable
{
    /// <summary>Where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>A path in it.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What is in it, in order.</summary>
    public string[] Names() =>
        [.. Directory.GetFileSystemEntries(Path).Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    /// <summary>Deletes it with all that is in it.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
