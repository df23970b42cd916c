using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MnistDistributed.Testing;

/// <summary>A program in a process of its own, and all that it has said. It ends with its owner, whatever happens.</summary>
public sealed class ProgramProcess : IAsyncDisposable
{
    /// <summary>Nothing that works takes so long; a test that hangs should fail all the same.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _error = [];
    private readonly Task<int> _end;
    private TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProgramProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        Reaper.Began(_process.Id);
        _end = End(Collect(_process.StandardOutput, _output), Collect(_process.StandardError, _error));
    }

    /// <summary>The program that runs assemblies: the one that runs the tests.</summary>
    public static string DotNet { get; } = Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    // SIGHUP, SIGINT and SIGTERM, as the system's masks have them.
    private const ulong StopSignals = 1 << 0 | 1 << 1 | 1 << 14;

    // Under nohup, or in the background of a script, the tests and all that they start ignore signals, which some of them are about.
    private static bool AreSignalsIgnored { get; } = OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").Any(
        line => line.StartsWith("SigIgn:", StringComparison.Ordinal)
            && (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & StopSignals) != 0);

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has not ended.</summary>
    public bool IsRunning => !_end.IsCompleted;

    /// <summary>The lines on its standard output.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The lines on its standard error.</summary>
    public IReadOnlyList<string> Error => Copy(_error);

    /// <summary>Everything, for a failed test's message.</summary>
    public string Said => string.Join('\n', [.. Output, .. Error.Select(line => $"stderr: {line}")]);

    /// <summary>Starts a program.</summary>
    /// <param name="program">A program on the PATH, or an assembly beside the tests.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set; the program's own of the tests' environment are not passed on.</param>
    public static ProgramProcess Start(
        string program, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        bool isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        IEnumerable<string> all = isAssembly ? [Path.Combine(AppContext.BaseDirectory, program), .. arguments] : arguments;
        string[] command = [.. AreSignalsIgnored ? ["env", "--default-signal"] : (string[])[], isAssembly ? DotNet : program, .. all];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string prefix in (string[])["MNIST_", "POD_", "OTEL_"])
        {
            foreach (string name in start.Environment.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToList())
                start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return new ProgramProcess(start);
    }

    /// <summary>Waits for a line with this in it.</summary>
    /// <exception cref="InvalidOperationException">The program ended without.</exception>
    public async Task<string> Line(string with)
    {
        while (true)
        {
            Task said;
            bool isOver;
            lock (_lock)
                (said, isOver) = (_said.Task, _end.IsCompleted);
            if (Output.Concat(Error).FirstOrDefault(line => line.Contains(with, StringComparison.Ordinal)) is { } found)
                return found;
            if (isOver)
                throw new InvalidOperationException($"It ended and never said '{with}':\n{Said}");
            await Within(Task.WhenAny(said, _end));
        }
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> End()
    {
        await Within(_end);
        return await _end;
    }

    /// <summary>Waits for the end, and gives all that there was to see.</summary>
    public async Task<(int Code, string Output, string Error)> Result() =>
        (await End(), string.Join('\n', Output), string.Join('\n', Error));

    /// <summary>Waits for the end of a program that says one line on standard error.</summary>
    public async Task<(int Code, string Line)> OnlyError() => (await End(), Assert.Single(Error));

    /// <summary>Sends a signal, such as TERM.</summary>
    public void Signal(string name) => Signal(name, Id);

    /// <summary>Sends a signal again and again, as an impatient person does, until the program has ended.</summary>
    public async Task SignalUntilEnd(string name)
    {
        while (await Task.WhenAny(_end, Task.Delay(TimeSpan.FromMilliseconds(200))) != _end)
            Signal(name);
    }

    /// <summary>Sends a signal, such as TERM, to any processes, and waits until it is sent.</summary>
    public static void Signal(string name, params IEnumerable<int> ids)
    {
        Needs.Unix();
        using var kill = Process.Start("kill", [$"-{name}", .. ids.Select(id => $"{id}")]);
        kill.WaitForExit();
    }

    /// <summary>Ends it if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (IsRunning)
            _process.Kill();
        await End();
        _process.Dispose();
    }

    private async Task<int> End(Task output, Task error)
    {
        await _process.WaitForExitAsync();
        Reaper.Ended(Id);
        await output;
        await error;
        return _process.ExitCode;
    }

    private async Task Collect(StreamReader reader, List<string> lines)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource said;
            lock (_lock)
            {
                lines.Add(line);
                said = _said;
                _said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            said.SetResult();
        }
    }

    private async Task Within(Task task)
    {
        try
        {
            await task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"Nothing came of it for {Patience.TotalMinutes} minutes:\n{Said}");
        }
    }

    private string[] Copy(List<string> lines)
    {
        lock (_lock)
            return [.. lines];
    }
}
