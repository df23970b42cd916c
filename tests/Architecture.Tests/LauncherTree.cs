using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace MnistDistributed.Architecture.Tests;

/// <summary>
/// A copy of the launcher and what it reads, in a folder of its own, with a <c>dotnet</c> that writes down each call. Its feed is either
/// scripted (<see cref="FeedSays"/>) or a real restore against a folder of packages made here (<see cref="UseRealFeed"/>).
/// </summary>
public sealed class LauncherTree : IDisposable
{
    // Stands before the real SDK on the PATH. What it "builds" is a file; what it "runs" says with which arguments and where.
    private const string Dotnet = """
        #!/usr/bin/env bash
        echo "$1 $2" >> "$STUB/calls"
        case $1 in
          --version) cat "$STUB/version"; [ -s "$STUB/version" ] ;;
          --list-sdks) cat "$STUB/sdks" ;;
          restore | msbuild)
            if [ -f "$STUB/real" ]; then exec "$(cat "$STUB/real")" "$@"; fi
            if [ "$1" = msbuild ]; then echo "$2 is missing"; else cat "$STUB/restore.log"; ! grep -q error "$STUB/restore.log"; fi ;;
          build)
            echo "begin" >> "$STUB/builds"
            [ "$WithLibtorch" != true ] || echo "$2" >> "$STUB/libtorch"
            while [ -f "$STUB/hold" ]; do sleep 0.05; done
            echo "end" >> "$STUB/builds"
            if [ -f "$STUB/build.log" ]; then cat "$STUB/build.log"; exit 1; fi ;;
          test)
            echo "$PWD: $DOTNET_HOST_PATH" >> "$STUB/tests"
            name=$(basename "$2" .dll); name=${name#MnistDistributed.}
            while [ $# -gt 0 ]; do [ "$1" != --results-directory ] || results=$2; shift; done
            [ ! -f "$STUB/$name.trx" ] || cp "$STUB/$name.trx" "$results/"
            exit "$(cat "$STUB/$name.code" 2>/dev/null || echo 0)" ;;
          *) printf '%s' "run $(basename "$1") in $PWD:"; shift; printf ' [%s]' "$@"; echo ;;
        esac
        """;

    private readonly string home = Directory.CreateTempSubdirectory("mnist launcher ").FullName;
    private readonly Dictionary<string, string?> environment = [];

    public LauncherTree()
    {
        string[] read = ["mnist", "Directory.Build.props", "Directory.Packages.props", "MnistDistributed.sln"];
        foreach (string file in Repository.Files("eng/probe").Concat(read))
        {
            string copy = Path.Combine(Root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(Repository.Root, file), copy);
        }
        Write("src/Coordinator/Program.cs", "first");
        foreach (string name in (string[])["Orleans", "TorchSharp", "SerilogAspNetCore", "OpenTelemetry", "PrometheusExporter"])
            foreach (string part in (string[])["Has" + name, name + "Version"])
                environment[part] = null;
        foreach (string name in (string[])["ArtifactsPath", "WithLibtorch", "MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath"]) environment[name] = null;
        environment["STUB"] = Stub;
        environment["HOME"] = Path.Combine(home, "user");
        environment["DOTNET_CLI_HOME"] = Path.Combine(home, "user");
        environment["NUGET_PACKAGES"] = Path.Combine(home, "packages");
        environment["PATH"] = Path.Combine(home, "stub") + ":" + Environment.GetEnvironmentVariable("PATH");
        Directory.CreateDirectory(environment["HOME"]!);
        Write("../stub/version", "10.0.100\n");
        Command("dotnet", Dotnet + "\n");
        FeedSays("");
    }

    /// <summary>The copied tree.</summary>
    public string Root => Path.Combine(home, "a tree");

    private string Stub => Path.Combine(home, "stub");

    private string Feed => Path.Combine(home, "feed");

    /// <summary>What the tree remembers of the feed, or null.</summary>
    public string? Remembered => File.Exists(Path.Combine(Root, "eng/feed.props")) ? File.ReadAllText(Path.Combine(Root, "eng/feed.props")) : null;

    /// <summary>Sets an environment variable of the launcher; null removes it.</summary>
    public void Set(string variable, string? value) => environment[variable] = value;

    /// <summary>Writes a file below <see cref="Root"/>.</summary>
    public void Write(string file, string text)
    {
        string path = Path.Combine(Root, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Puts a command before the system's on the PATH.</summary>
    public void Command(string name, string script)
    {
        Write("../stub/" + name, script);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(Stub, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>What a scripted restore prints; with an error in it, it fails.</summary>
    public void FeedSays(string log) => Write("../stub/restore.log", log);

    /// <summary>Restores for real, from <paramref name="source"/> or from the folder that <see cref="Pack"/> fills, and from nowhere else.</summary>
    public void UseRealFeed(string? source = null)
    {
        Directory.CreateDirectory(Feed);
        Write("../stub/real", RealDotnet());
        Write("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{source ?? Feed}" allowInsecureConnections="true" /></packageSources>
            </configuration>
            """);
    }

    /// <summary>Puts an empty package into the feed.</summary>
    public void Pack(string id, string version, string? dependency = null)
    {
        using var package = ZipFile.Open(Path.Combine(Feed, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        XNamespace ns = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";
        var group = new XElement(ns + "group", new XAttribute("targetFramework", "net10.0"));
        if (dependency is not null) group.Add(new XElement(ns + "dependency", new XAttribute("id", dependency), new XAttribute("version", "1.0.0")));
        using (var nuspec = package.CreateEntry(id + ".nuspec").Open())
        {
            new XElement(ns + "package", new XElement(ns + "metadata", new XElement(ns + "id", id), new XElement(ns + "version", version),
                new XElement(ns + "authors", "test"), new XElement(ns + "description", "test"), new XElement(ns + "dependencies", group))).Save(nuspec);
        }
        package.CreateEntry("lib/net10.0/_._").Open().Dispose();
    }

    /// <summary>Puts a result file into the place where the stub's test run of a project leaves it.</summary>
    public void TestsOf(string project, int total, int executed, int passed, int exitCode = 0)
    {
        Write($"../stub/{project}.trx", $"<TestRun>\n  <Counters total=\"{total}\" executed=\"{executed}\" passed=\"{passed}\" failed=\"0\" />\n</TestRun>\n");
        Write($"../stub/{project}.code", $"{exitCode}\n");
    }

    /// <summary>Counts the calls of dotnet that began with <paramref name="words"/>.</summary>
    public int Calls(string words)
    {
        string calls = Path.Combine(Stub, "calls");
        return File.Exists(calls) ? File.ReadLines(calls).Count(line => line.StartsWith(words, StringComparison.Ordinal)) : 0;
    }

    /// <summary>The begins and ends of builds, in order.</summary>
    public IReadOnlyList<string> Builds => File.Exists(Path.Combine(Stub, "builds")) ? File.ReadAllLines(Path.Combine(Stub, "builds")) : [];

    /// <summary>How many builds were to have libtorch.</summary>
    public int BuildsWithLibtorch => File.Exists(Path.Combine(Stub, "libtorch")) ? File.ReadAllLines(Path.Combine(Stub, "libtorch")).Length : 0;

    /// <summary>For each run of tests the folder in which it ran, and the dotnet that it was told of.</summary>
    public IReadOnlyList<string> TestRuns => File.Exists(Path.Combine(Stub, "tests")) ? File.ReadAllLines(Path.Combine(Stub, "tests")) : [];

    /// <summary>The stub of dotnet.</summary>
    public string StubDotnet => Path.Combine(Stub, "dotnet");

    /// <summary>Whether builds that have begun are kept from ending.</summary>
    public bool HoldBuilds
    {
        set
        {
            if (value) Write("../stub/hold", "");
            else File.Delete(Path.Combine(Stub, "hold"));
        }
    }

    /// <summary>Runs <c>mnist</c> and waits for its end.</summary>
    public LauncherResult Mnist(params string[] arguments) => Start(Path.Combine(Root, "mnist"), Root, arguments).GetAwaiter().GetResult();

    /// <summary>Starts a launcher in a folder.</summary>
    public Task<LauncherResult> Start(string script, string folder, params string[] arguments) => Start(script, folder, _ => { }, arguments);

    /// <summary>Starts a launcher in a folder and hands on each line of its standard error.</summary>
    public async Task<LauncherResult> Start(string script, string folder, Action<string> onError, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [script, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = new StringBuilder();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            error.Append(line).Append('\n');
            onError(line);
        }
        await process.WaitForExitAsync();
        return new LauncherResult(process.ExitCode, await output, error.ToString());
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(home, recursive: true);

    // The host of the running test is the muxer of the SDK that started it.
    private static string RealDotnet() => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath!;
}
