using MnistDistributed.Silo.Tests.Processes;

namespace MnistDistributed.Silo.Tests.StandIn;

/// <summary>A build without Orleans has no silo processes, and says so.</summary>
public sealed class StandInTests
{
    [Fact]
    public async Task A_silo_process_says_in_one_line_that_this_build_has_none()
    {
        var (code, line) = await Programs.SiloError(Path.GetTempPath(), []);
        Assert.Equal(1, code);
        Assert.StartsWith("A silo process needs Microsoft.Orleans, which the package feed lacked when this was built", line, StringComparison.Ordinal);
    }
}
