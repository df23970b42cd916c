using System.CommandLine;
using System.CommandLine.Help;
using MnistDistributed.Bench.Scaling;

namespace MnistDistributed.Bench;

/// <summary>The command line of the measurements; its only word on the way is the launcher's own, <c>bench</c>.</summary>
public static class BenchCommand
{
    /// <summary>Makes the root command.</summary>
    public static Command Create() => new("mnist")
    {
        new Command("bench", "Measures what the documents claim.")
        {
            FaultsCommand.Create(), WatchingCommand.Create(), ScalingCommand.Create(),
        },
        new HelpOption { Recursive = true },
    };
}
