using System.CommandLine;
using System.CommandLine.Help;
using MnistDistributed.Bench.Comparison;
using MnistDistributed.Bench.Scaling;

namespace MnistDistributed.Bench;

/// <summary>The command line of the measurements; its only word on the way is the launcher's own, <c>bench</c>.</summary>
public static class BenchCommand
{
    /// <summary>Makes the root command.</summary>
    public static Command Create()
    {
        var bench = new Command(
            "bench",
            "Measures what the documents claim: without a command, how fast ours is beside libtorch and PyTorch. "
                + "A program of its own is './mnist bench kernels'.")
        {
            FaultsCommand.Create(), WatchingCommand.Create(), ScalingCommand.Create(), OwnCommand.Create(), LibtorchCommand.Create(),
        };
        ComparisonCommand.AddTo(bench);
        return new("mnist") { bench, new HelpOption { Recursive = true } };
    }
}
