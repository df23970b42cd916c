using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MnistDistributed.Model.Tests.Engine;

/// <summary>
/// The bits are the same whatever the processor can do: the same program in processes with instruction sets switched off.
/// </summary>
public class ProcessorTests
{
    private static readonly Lazy<Task<(string Processor, string Bits)>> Whole = new(() => Probe());

    [Theory]
    [InlineData("EnableAVX512", "avx512=False")]
    [InlineData("EnableAVX512F", "")]
    [InlineData("EnableFMA", "")]
    [InlineData("EnableAVX2", "256=False")]
    [InlineData("EnableAVX", "avx=False")]
    [InlineData("EnableHWIntrinsic", "128=False")]
    public async Task Bits_are_the_same_without(string instructions, string sign)
    {
        var (processor, bits) = await Probe(instructions);

        if (X86Base.IsSupported)
            Assert.Contains(sign, processor, StringComparison.Ordinal);
        Assert.Equal((await Whole.Value).Bits, bits);
    }

    [Fact]
    public async Task The_switches_switch_something()
    {
        if (Vector256.IsHardwareAccelerated)
            Assert.Contains("256=True", (await Whole.Value).Processor, StringComparison.Ordinal);
        if (Avx512F.IsSupported)
            Assert.Contains("avx512=True", (await Whole.Value).Processor, StringComparison.Ordinal);
    }

    // Held here so that a change of the arithmetic is noticed: it needs a new RunSpec.NumericsVersion, and these bits anew.
    [Fact]
    public async Task Bits_are_those_of_this_numerics_version() => Assert.Equal(
        "f55951298f026825cc937e944ce8165dbfe8ed6f2e7eb633095d11df184bceec "
        + "45684fe232c8d342a30d0ddd4c361b9d237d74993ee8a049663be3d77ea4060a 77d61a0196d958e3 "
        + "7f9b6f2d5daab03c441b3f50f36f97664a1490eee4694b3ea71b88e0c8761bef "
        + "84c364df554d2432b0be4701e1a257fa0bc1e1ce060bda0d3612739b5f77ce73",
        (await Whole.Value).Bits);

    private static async Task<(string Processor, string Bits)> Probe(string? without = null)
    {
        await using var probe = ProgramProcess.Start(
            "MnistDistributed.NumericsProbe.dll", AppContext.BaseDirectory, [], without is null ? null
                : new Dictionary<string, string> { ["DOTNET_" + without] = "0" });
        Assert.True(await probe.End() == 0 && probe.Output.Count == 2, probe.Said);
        return (probe.Output[0], probe.Output[1]);
    }
}
