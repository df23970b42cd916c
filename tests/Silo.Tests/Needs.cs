using MnistDistributed.Grains;

namespace MnistDistributed.Silo.Tests;

/// <summary>What this machine or build lacks, as the reason for which a test is skipped; null where nothing is lacking.</summary>
internal static class Needs
{
    public static string? Orleans { get; } =
        OperatingSystem.IsWindows() ? "The tests of silo processes need a system with signals and bash."
        : Packages.StandIns.Contains("Microsoft.Orleans") ? "A silo process needs Microsoft.Orleans, which the package feed lacked when this was built."
        : null;

    public static string? Redis { get; } = Orleans ?? (IsOnPath("redis-server") ? null : "There is no redis-server on the PATH.");

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
