namespace MnistDistributed.Architecture.Tests;

/// <summary>How a run of the launcher ended, and what it said.</summary>
public sealed record LauncherResult(int ExitCode, string Output, string Error);
