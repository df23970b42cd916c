using System.Diagnostics;

namespace MnistDistributed.Testing;

/// <summary>The two programs as a person runs them: those that stand beside the tests.</summary>
public static class Programs
{
    /// <summary>Starts a silo.</summary>
    public static ProgramProcess Silo(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ProgramProcess.Start("MnistDistributed.Silo.dll", folder, arguments, environment);

    /// <summary>Runs a program that reads its standard input.</summary>
    /// <returns>All that it said.</returns>
    public static async Task<string> Feed(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
            { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await output + await error;
    }

    /// <summary>Starts a program with its streams as a shell redirects them.</summary>
    /// <param name="program">An assembly beside the tests.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="redirection">What a shell understands: <c>&gt;/dev/full</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProgramProcess Redirected(string program, string folder, string redirection, params IEnumerable<string> arguments) =>
        ProgramProcess.Start("bash", folder,
            ["-c", $"exec \"$@\" {redirection}", "bash", ProgramProcess.DotNet, Path.Combine(AppContext.BaseDirectory, program),
                .. arguments]);

    /// <summary>Starts a coordinator.</summary>
    public static ProgramProcess Coordinator(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ProgramProcess.Start("MnistDistributed.Coordinator.dll", folder, arguments, environment);
}
