using System.Runtime.InteropServices;

namespace MnistDistributed.Coordinator.Reports;

/// <summary>What a run ran on. Nothing of it shapes the result.</summary>
/// <param name="Silos">Number of silos at the end of the run.</param>
/// <param name="Workers">Number of workers at the end of the run.</param>
public sealed record RuntimeInfo(int Silos, int Workers)
{
    /// <summary>What a step cost; null where no step was seen.</summary>
    public StepCost? Step { get; init; }

    /// <summary>Processors that this process may use.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>The operating system and the processor's architecture.</summary>
    public string OperatingSystem { get; init; } = $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})";

    /// <summary>The .NET version.</summary>
    public string DotNet { get; init; } = RuntimeInformation.FrameworkDescription;
}
