using System.Diagnostics;
using System.Runtime.InteropServices;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Clusters;

/// <summary>The silo's program, and how it is started as a process that outlives this one.</summary>
/// <param name="file">The program, run by the same <c>dotnet</c> as this one.</param>
public sealed class SiloProgram(string file)
{
    private const string Name = "MnistDistributed.Silo.dll";
    private const string Redis = "MNIST_REDIS";

    // A silo takes what is not on its command line from the environment. These are taken out of it: an option that is not given means none.
    private static readonly string[] Overridden =
        ["MNIST_ADDRESS", "MNIST_LISTEN_ANY", "MNIST_CLUSTERING", "MNIST_PRIMARY", Redis, "MNIST_HTTP_ADDRESS",
        "MNIST_TLS_CERT", "MNIST_TLS_KEY", "MNIST_TLS_CA"];

    /// <summary>The <c>dotnet</c> that runs this program.</summary>
    public static string DotNet { get; } = FindDotNet();

    /// <summary>The program.</summary>
    public string File => file;

    // Ctrl-C and the end of the terminal are for whoever works there; a silo ends by SIGTERM alone. "exec" makes the silo of the shell,
    // with its process number.
    private const string Script = """trap "" HUP INT QUIT; exec "$@" >>"$0" 2>&1 </dev/null""";

    /// <summary>Finds it beside this program, where both were published into one folder, or where a build puts it.</summary>
    /// <param name="folder">This program's folder.</param>
    /// <exception cref="ClusterException">It is in neither.</exception>
    public static SiloProgram Find(string folder)
    {
        string own = Path.TrimEndingDirectorySeparator(folder);
        string sibling = Path.GetFullPath(Path.Combine(own, "..", "..", "Silo", Path.GetFileName(own)));
        string[] places = [Path.Combine(own, Name), Path.Combine(sibling, Name)];
        return places.FirstOrDefault(System.IO.File.Exists) is { } found
            ? new SiloProgram(found)
            : throw new ClusterException(
                $"The silo's program {Name} is neither in {own} nor in {sibling}: './mnist cluster up' builds it.");
    }

    /// <summary>Starts it. Nothing of this process' input and output stays open in it.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="redis">Its Redis, which is handed on by the environment: command lines are for all to see.</param>
    /// <param name="log">The file that its output is appended to.</param>
    public Process Start(IEnumerable<string> arguments, RedisAddress? redis, string log)
    {
        string[] command = [DotNet, file, .. arguments];
        return Process.Start(OperatingSystem.IsWindows() ? OnWindows(command, redis, log) : OnUnix(command, redis, log))!;
    }

    private static ProcessStartInfo OnUnix(string[] command, RedisAddress? redis, string log)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, log, .. command]);
        foreach (string variable in Overridden)
            start.Environment.Remove(variable);
        if (redis is not null)
            start.Environment[Redis] = redis.Secret;
        return start;
    }

    // The shell's own way of starting hands on no handles, and this process' environment; a redirection is cmd's.
    private static ProcessStartInfo OnWindows(IEnumerable<string> command, RedisAddress? redis, string log)
    {
        Environment.SetEnvironmentVariable(Redis, redis?.Secret);
        return new ProcessStartInfo("cmd.exe")
        {
            UseShellExecute = true,
            WindowStyle = ProcessWindowStyle.Hidden,
            Arguments = "/d /s /c \""
                + string.Concat(Overridden.Where(variable => variable != Redis).Select(variable => $"set {Quoted($"{variable}=")}& "))
                + $"{string.Join(' ', command.Select(Quoted))} >>{Quoted(log)} 2>&1 <NUL\"",
        };
    }

    private static string Quoted(string argument) => $"\"{argument}\"";

    private static string FindDotNet()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // The runtime is in shared/Microsoft.NETCore.App/<version> of the folder that dotnet is in.
        string beside = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return System.IO.File.Exists(beside) ? beside : name;
    }
}
