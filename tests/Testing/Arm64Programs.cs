namespace MnistDistributed.Testing;

/// <summary>The programs as they are published for linux-arm64, and run by an emulator.</summary>
public sealed class Arm64Programs
{
    /// <summary>The emulator.</summary>
    public const string Emulator = "qemu-aarch64";

    private static readonly Dictionary<string, string> Settings = new()
    {
        // The emulator does not see that code has changed which is mapped twice.
        ["DOTNET_EnableWriteXorExecute"] = "0",
        // Code that changes while it runs has to be translated again: what has loops is compiled well at once, and all the rest once.
        ["DOTNET_TC_QuickJitForLoops"] = "0",
        ["DOTNET_TC_CallCountingDelayMs"] = $"{(int)TimeSpan.FromHours(1).TotalMilliseconds:x}",
        // Nobody looks into it, and what is killed would leave its socket behind.
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    private static readonly Lazy<Task<Arm64Programs>> Published = new(Publish);

    private readonly string _programs;

    private Arm64Programs(string programs) => _programs = programs;

    /// <summary>The folder that programs take for the system's root where they look for libraries; .ci/arm64 makes it.</summary>
    public static string System { get; } = In("system");

    /// <summary>Publishes the programs, the first time that it is called; skips the test where they could not be run.</summary>
    public static Task<Arm64Programs> Get()
    {
        Needs.Arm64Emulator();
        return Published.Value;
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">Its name, such as MnistDistributed.Silo.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    public ProgramProcess Start(string program, string folder, IEnumerable<string> arguments) =>
        ProgramProcess.Start(Emulator, folder, ["-L", System, Path.Combine(_programs, program), .. arguments], Settings);

    private static async Task<Arm64Programs> Publish()
    {
        string programs = In("programs");
        await using var publish = ProgramProcess.Start(ProgramProcess.DotNet, Repository.Root,
        [
            "msbuild", "tests/arm64/programs.proj", "-nologo", "-verbosity:quiet", "-consoleLoggerParameters:NoSummary", "-nodeReuse:false",
            $"-property:ArtifactsPath={In("build")}", $"-property:PublishDir={programs}{Path.DirectorySeparatorChar}",
        ]);
        Assert.True(await publish.End() == 0, publish.Said);
        return new Arm64Programs(programs);
    }

    private static string In(string name) => Path.Combine(Repository.Artifacts, "arm64", name);
}
