using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MnistDistributed.Bench.Comparison;

/// <summary>On what something was measured.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">Its cores that this process may use.</param>
/// <param name="Vectors">Bits of its vectors, as the engine uses them.</param>
/// <param name="OperatingSystem">The system.</param>
/// <param name="DotNet">The version of .NET.</param>
public sealed record Machine(string Processor, int Cores, int Vectors, string OperatingSystem, string DotNet)
{
    /// <summary>This machine.</summary>
    public static Machine This { get; } = new(
        NameOfProcessor(), Environment.ProcessorCount, Avx512F.IsSupported ? 512 : 256, RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    /// <inheritdoc/>
    public override string ToString() => $"{Cores} cores of {Processor}, vectors of {Vectors} bits, {DotNet}";

    private static string NameOfProcessor()
    {
        const string linux = "/proc/cpuinfo";
        string? line = File.Exists(linux)
            ? File.ReadLines(linux).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':')[^1].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? $"{RuntimeInformation.ProcessArchitecture}";
    }
}
