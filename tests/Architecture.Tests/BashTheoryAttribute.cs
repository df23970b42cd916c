using System.Runtime.CompilerServices;

namespace MnistDistributed.Architecture.Tests;

/// <summary>As <see cref="BashFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BashTheoryAttribute : TheoryAttribute
{
    public BashTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        if (OperatingSystem.IsWindows()) Skip = "./mnist is for systems with bash; Windows has mnist.ps1.";
    }
}
