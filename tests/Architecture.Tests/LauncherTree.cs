using System.Diagnostics;
using System.Text;

namespace MnistDistributed.Architecture.Tests;

/// <summary>A small source tree with the launcher in it, and a <c>dotnet</c> that writes down each call instead of building.</summary>
public sealed class LauncherTree : IDisposable
{
    // What it "builds" is nothing; what it "runs" says with which arguments and where.
    private const string Dotnet = """
        #!/usr/bin/env bash
        case $1 in
          build)
            echo "$2 $WithLibtorch" >> "$STUB/builds"
            if ! [ -w "$HOME/" ]; then echo "A build had no home."; exit 1; fi
            if ! [ /dev/stdin -ef /dev/null ]; then echo "A build could read the program's input."; exit 1; fi
            while [ -f "$STUB/hold" ]; do sleep 0.02; done
            if [ -f "$STUB/error" ]; then cat "$STUB/error"; exit 1; fi ;;
          *) printf '%s' "$(basename "$1") in $PWD:"; shift; printf ' [%s]' "$@"; echo ;;
        esac

        """;

    private readonly string home = Directory.CreateTempSubdirectory("mnist launcher ").FullName;
    private readonly Dictionary<string, string?> environment = [];

    public LauncherTree()
    {
        Write("src/Model/Data/Old.cs", "first");
        Write("bench/Bench/Program.cs", "first");
        Write("tests/Simulation/SimulatedRun.cs", "first");
        Write("Directory.Build.props", "first");
        File.Copy(Path.Combine(Repository.Root, "mnist"), Launcher);
        Write("../stub/dotnet", Dotnet);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(Stub, "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Set("STUB", Stub);
        Set("PATH", Stub + ":" + Environment.GetEnvironmentVariable("PATH"));
        // Nobody has a home: a build needs one.
        foreach (string name in (string[])["ArtifactsPath", "WithLibtorch", "DOTNET_ROOT", "HOME"]) Set(name, null);
    }

    /// <summary>The tree's folder, which has a space in its name.</summary>
    public string Root => Path.Combine(home, "a tree");

    /// <summary>The path of the launcher.</summary>
    public string Launcher => Path.Combine(Root, "mnist");

    /// <summary>The projects that were built, in order, each with whether it was to have libtorch: <c>src/Silo false</c>.</summary>
    public IReadOnlyList<string> Builds => File.Exists(PathOf("../stub/builds")) ? File.ReadAllLines(PathOf("../stub/builds")) : [];

    /// <summary>Every file and folder of the tree with the time of its last change.</summary>
    public IReadOnlyList<string> Entries
    {
        get
        {
            var entries = new DirectoryInfo(Root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories);
            return [.. entries.Select(entry => $"{entry.FullName} {entry.LastWriteTimeUtc:O}").Order()];
        }
    }

    /// <summary>The folder of the <c>dotnet</c> that is on the PATH.</summary>
    public string Stub => Path.Combine(home, "stub");

    /// <summary>Sets an environment variable of the launcher; null removes it.</summary>
    public void Set(string variable, string? value) => environment[variable] = value;

    /// <summary>The full path of what is named from <see cref="Root"/>.</summary>
    public string PathOf(string name) => Path.GetFullPath(Path.Combine(Root, name));

    /// <summary>Writes a file named from <see cref="Root"/>.</summary>
    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text);
    }

    /// <summary>Deletes a file named from <see cref="Root"/>.</summary>
    public void Delete(string file) => File.Delete(PathOf(file));

    /// <summary>Leaves on the PATH what every system has, and no <c>dotnet</c>.</summary>
    public void TakeDotnetOffThePath()
    {
        string tools = Directory.CreateDirectory(Path.Combine(home, "tools")).FullName;
        var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        foreach (string tool in "bash basename cat dirname find ln mkdir mv ps readlink rm sleep".Split(' '))
        {
            if (folders.Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists) is { } path)
                File.CreateSymbolicLink(Path.Combine(tools, tool), path);
        }
        Set("PATH", tools);
    }

    /// <summary>From now on builds do not end.</summary>
    public void HoldBuilds() => Write("../stub/hold", "");

    /// <summary>Lets builds end again.</summary>
    public void ReleaseBuilds() => Delete("../stub/hold");

    /// <summary>From now on builds print this and fail; null mends them.</summary>
    public void BuildsFail(string? output)
    {
        if (output is null) Delete("../stub/error");
        else Write("../stub/error", output);
    }

    /// <summary>Runs the launcher in <see cref="Root"/> and waits for its end.</summary>
    public Task<LauncherResult> Mnist(params string[] arguments) => Start(Launcher, Root, _ => { }, arguments);

    /// <summary>Runs a launcher in a folder and hands on each line of its standard error. One that does not end is killed.</summary>
    public async Task<LauncherResult> Start(string launcher, string folder, Action<string> onError, params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", [launcher, .. arguments])
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
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var kill = patience.Token.Register(() => process.Kill(entireProcessTree: true));
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
}
