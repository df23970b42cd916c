namespace MnistDistributed.Silo.Tests;

/// <summary>What this machine or build lacks, as the reason for which a test is skipped; null where nothing is lacking.</summary>
internal static class Needs
{
    public static string? Signals { get; } =
        OperatingSystem.IsWindows() ? "The tests of silo processes need a system with signals and bash." : null;

    public static string? Redis { get; } = Signals ?? (IsOnPath("redis-server") ? null : "There is no redis-server on the PATH.");

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
