using System.Reflection;

namespace MnistDistributed.Testing;

/// <summary>The source tree that these tests were built from.</summary>
public static class Repository
{
    private static readonly string[] Generated = [".git", ".vs", ".idea", ".vscode", "artifacts", "runs", "bin", "obj", "node_modules"];

    /// <summary>The folder that holds the solution, with a separator at its end.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The folder of all that is built from it.</summary>
    public static string Artifacts { get; } = Metadata("ArtifactsPath");

    /// <summary>
    /// All files that somebody wrote below <paramref name="folder"/>, as paths relative to <see cref="Root"/> with forward slashes.
    /// </summary>
    public static IEnumerable<string> Files(string folder = "")
    {
        var start = new DirectoryInfo(Path.Combine(Root, folder));
        return start.Exists ? Walk(start).Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/')) : [];
    }

    /// <summary>The content of a file named as <see cref="Files"/> does.</summary>
    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    // In a linked work tree .git is a file.
    private static IEnumerable<FileInfo> Walk(DirectoryInfo folder) =>
        folder.EnumerateFiles().Where(file => file.Name != ".git")
            .Concat(folder.EnumerateDirectories().Where(child => !Generated.Contains(child.Name)).SelectMany(Walk));

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value ?? "";
}
