using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>The bits are the same whatever the processor can do: the same program in processes with instruction sets switched off.</summary>
public class ProcessorTests
{
    private static readonly Lazy<(string Processor, string Bits)> Whole = new(() => Probe());

    [Theory]
    [InlineData("EnableAVX512", "avx512=False")]
    [InlineData("EnableAVX512F", "")]
    [InlineData("EnableFMA", "")]
    [InlineData("EnableAVX2", "256=False")]
    [InlineData("EnableAVX", "avx=False")]
    [InlineData("EnableHWIntrinsic", "128=False")]
    public void Bits_are_the_same_without(string instructions, string sign)
    {
        var (processor, bits) = Probe(instructions);

        if (X86Base.IsSupported)
            Assert.Contains(sign, processor, StringComparison.Ordinal);
        Assert.Equal(Whole.Value.Bits, bits);
    }

    [Fact]
    public void The_switches_switch_something()
    {
        if (Vector256.IsHardwareAccelerated)
            Assert.Contains("256=True", Whole.Value.Processor, StringComparison.Ordinal);
        if (Avx512F.IsSupported)
            Assert.Contains("avx512=True", Whole.Value.Processor, StringComparison.Ordinal);
    }

    // Held here so that a change of the arithmetic is noticed: it needs a new RunSpec.NumericsVersion, and these bits anew.
    [Fact]
    public void Bits_are_those_of_this_numerics_version() => Assert.Equal(
        "801328db822e48a7ae521aa3c0809c3a587b5f78fa8d4473b30e6eb5bd7eaf30 "
        + "ab28fa55aafb1772b240f743080fa2b84b5c750af1d6dad5ffbec674b5175093 77d61a0196d958e3 "
        + "7f9b6f2d5daab03c441b3f50f36f97664a1490eee4694b3ea71b88e0c8761bef "
        + "84c364df554d2432b0be4701e1a257fa0bc1e1ce060bda0d3612739b5f77ce73",
        Whole.Value.Bits);

    private static (string Processor, string Bits) Probe(string? without = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "MnistDistributed.NumericsProbe.dll");
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(dotnet, [program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (without is not null)
            start.Environment["DOTNET_" + without] = "0";

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && lines.Length == 2, $"{dotnet} {program} without {without}: {errors.Result}");
        return (lines[0], lines[1]);
    }
}
