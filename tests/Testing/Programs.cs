namespace MnistDistributed.Testing;

/// <summary>The two programs as a person runs them: those that stand beside the tests.</summary>
public static class Programs
{
    /// <summary>Starts a silo.</summary>
    public static ProgramProcess Silo(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ProgramProcess.Start("MnistDistributed.Silo.dll", folder, arguments, environment);

    /// <summary>Starts a coordinator.</summary>
    public static ProgramProcess Coordinator(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        ProgramProcess.Start("MnistDistributed.Coordinator.dll", folder, arguments, environment);
}
