using System.CommandLine;
using MnistDistributed.Coordinator.Commands;
using MnistDistributed.Kernels;

namespace MnistDistributed.Simulation.Tests;

public class KernelsCommandTests
{
    [Theory]
    [InlineData("--filter is empty; give a kernel's name.", "--filter", "")]
    [InlineData("Unrecognized command or argument '--rounds'.", "--rounds")]
    public async Task A_wrong_call_is_one_line_and_exit_code_2(string line, params string[] arguments)
    {
        var error = new StringWriter();
        int code = await CommandErrors.RunAsync(
            KernelsCommand.Create(), ["bench", "kernels", .. arguments], new InvocationConfiguration { Error = error },
            TestContext.Current.CancellationToken);

        Assert.Equal(2, code);
        string said = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(line, said, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_holds_each_kernel_against_the_peak() => Assert.Equal(
        """
        | kernel | us an image | +- | multiply-adds an image | multiply-adds a ns | share of the peak |
        | --- | ---: | ---: | ---: | ---: | ---: |
        | Dense1Forward | 4.00 | 0.10 | 200,000 | 50.0 | 50 % |
        | Flatten | 0.50 | 0.01 |  |  |  |
        | the processor's peak, on one core |  |  |  | 100.0 |  |

        """,
        KernelTable.Of([new("Dense1Forward", 4000, 100, 200_000), new("Flatten", 500, 10, 0), new("Peak", 1.6, 0, 160)], "Peak"));
}
