using System.Runtime.CompilerServices;

namespace MnistDistributed.Architecture.Tests;

/// <summary>A fact about ./mnist, which Windows replaces by mnist.ps1.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BashFactAttribute : FactAttribute
{
    public BashFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (OperatingSystem.IsWindows()) Skip = "./mnist is for systems with bash; Windows has mnist.ps1.";
    }
}
