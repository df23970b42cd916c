using MnistDistributed.Coordinator.Commands;

namespace MnistDistributed.Silo.Tests.Processes;

/// <summary>The two programs, as a person runs them.</summary>
internal static class Programs
{
    public static ProgramProcess Silo(string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(typeof(SiloCommand), folder, arguments, environment);

    public static ProgramProcess Coordinator(string folder, params IEnumerable<string> arguments) => Start(typeof(TrainCommand), folder, arguments, null);

    /// <summary>Runs a silo that cannot: the one line that it says, and its exit code.</summary>
    public static Task<(int Code, string Line)> SiloError(string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        OnlyLine(Silo(folder, arguments, environment));

    /// <summary>The one line on standard error of a program that cannot do what it is asked, and its exit code.</summary>
    public static async Task<(int Code, string Line)> OnlyLine(ProgramProcess program)
    {
        await using (program)
        {
            int code = await program.End();
            return (code, Assert.Single(program.Error));
        }
    }

    private static ProgramProcess Start(Type of, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        Needs.Unix();
        return ProgramProcess.Start(of.Assembly.Location, folder, arguments, environment);
    }
}
