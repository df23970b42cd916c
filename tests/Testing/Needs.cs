using System.Diagnostics;

namespace MnistDistributed.Testing;

/// <summary>What a test needs of the machine or of the build: where that is missing, the test is skipped and says what it was.</summary>
public static class Needs
{
    private static readonly Lazy<bool> HasPrometheusClient = new(() =>
    {
        if (!IsOnPath("python3"))
            return false;
        using var python = Process.Start(
            new ProcessStartInfo("python3", ["-c", "import prometheus_client"]) { RedirectStandardError = true });
        python!.WaitForExit();
        return python.ExitCode == 0;
    });

    /// <summary>Linux: /proc, and limits of the file size that hold for root too.</summary>
    public static void Linux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "This test needs Linux.");

    /// <summary>A system with signals, named pipes and bash.</summary>
    public static void Unix() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "This test needs a system with signals, named pipes and bash.");

    /// <summary>The program redis-server, which the test starts.</summary>
    public static void Redis()
    {
        Unix();
        Assert.SkipUnless(IsOnPath("redis-server"), "This test needs redis-server, which is not on the PATH.");
    }

    /// <summary>The programs prometheus and promtool, which the test starts.</summary>
    public static void Prometheus()
    {
        Unix();
        foreach (string program in (string[])["prometheus", "promtool"])
            Assert.SkipUnless(IsOnPath(program), $"This test needs {program}, which is not on the PATH.");
    }

    /// <summary>Python with Prometheus' client library, whose parsers are not the exporter's.</summary>
    public static void PrometheusClient() => Assert.SkipUnless(
        HasPrometheusClient.Value, "This test needs python3 with the package prometheus_client (python3-prometheus-client of Debian).");

    /// <summary>A build with libtorch.</summary>
    public static void Libtorch()
    {
        string? problem = Model.Engine.Torch.Libtorch.Problem;
        Assert.SkipWhen(problem is not null, problem ?? "");
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
