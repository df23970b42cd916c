using System.CommandLine;
using System.Globalization;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Workers;
using MnistDistributed.Model.Data;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The options that say on what a run is trained. None of them shapes the result.</summary>
public static class ClusterArguments
{
    private const string Auto = "auto";

    private static readonly Option<string> Workers = new Option<string>("--workers")
    {
        Description = "Workers, over all silos, but no more than slots; auto: one a core, or all that a running cluster offers, also when silos join later. "
            + "Never changes the result.",
        HelpName = "N|auto",
        DefaultValueFactory = _ => Auto,
    }.NotEmpty("a number of workers, or auto");

    private static readonly Option<int> MinWorkers = new("--min-workers")
    {
        Description = "With fewer workers the run waits. Never changes the result.",
        DefaultValueFactory = _ => new RunOptions().MinWorkers,
    };

    private static readonly Option<int> QuorumTimeout = new("--quorum-timeout")
    {
        Description = "Seconds to wait for that many workers before the run is saved and ends, with exit code 3.",
        DefaultValueFactory = _ => (int)new RunOptions().QuorumTimeout.TotalSeconds,
    };

    private static readonly Option<int> Silos = new("--silos") { Description = "Silos in this process. Never changes the result.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string?> Gateways = new Option<string?>("--cluster")
    {
        Description = "Trains on a running cluster: gateway addresses of one or more of its silos, with commas between.",
        HelpName = "HOST:PORT",
    }.NotEmpty("an address");

    private static readonly Option<string?> Redis = new Option<string?>("--redis")
    {
        Description = "Trains on the running cluster whose silos find each other through this Redis.",
        HelpName = "HOST:PORT",
    }.NotEmpty("an address");

    private static readonly Option<string> ClusterId = Id("--cluster-id", "Id of the running cluster.");
    private static readonly Option<string> ServiceId = Id("--service-id", "Service id of the running cluster.");
    private static readonly Option<int> MinSilos = new("--min-silos") { Description = "Silos of the running cluster to wait for.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Wait = new("--wait") { Description = "Seconds to wait for them.", DefaultValueFactory = _ => 120 };

    private static readonly Option<int> Unreachable = new("--unreachable")
    {
        Description = "Seconds that the running cluster may not answer before the run ends, to be resumed.",
        DefaultValueFactory = _ => (int)new RunOptions().Unreachable.TotalSeconds,
    };

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Workers, MinWorkers, QuorumTimeout, Silos, Gateways, Redis, ClusterId, ServiceId, MinSilos, Wait, Unreachable];

    /// <summary>Checks what can be checked before a cluster is there.</summary>
    /// <exception cref="UsageException">Something cannot be, or cannot be together.</exception>
    public static void Check(ParseResult arguments, int slots)
    {
        int? workers = WantedWorkers(arguments);
        if (workers is not null && WorkerShare.Problem(workers.Value, slots) is { } problem)
            throw new UsageException(problem);
        Range(arguments, MinWorkers, 1, workers ?? (IsRemote(arguments) ? slots : LocalWorkers(slots)));
        Range(arguments, QuorumTimeout, 1, 7 * 24 * 3600);
        Range(arguments, Silos, 1, 64);
        Range(arguments, MinSilos, 1, 1024);
        Range(arguments, Wait, 1, 24 * 3600);
        Range(arguments, Unreachable, 1, 24 * 3600);
        if (IsGiven(arguments, Gateways) && IsGiven(arguments, Redis))
            throw new UsageException("Give --cluster or --redis: a cluster is found through its gateways or through Redis.");
        if (IsRemote(arguments) && IsGiven(arguments, Silos))
            throw new UsageException("--silos is for silos in this process; a running cluster has its own. Give --min-silos to wait for so many.");
        if (!IsRemote(arguments) && (new Option[] { ClusterId, ServiceId, MinSilos, Wait, Unreachable }).FirstOrDefault(option => IsGiven(arguments, option)) is { } alone)
            throw new UsageException($"{alone.Name} is for a running cluster: give --cluster or --redis too.");
        if (IsRemote(arguments))
            Address(arguments);
    }

    /// <summary>Starts silos in this process, or connects to the running cluster that the arguments name.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="data">The data set, for silos in this process.</param>
    /// <param name="slots">Slots of the run.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The cluster, how to train on it, and how many workers it offers now; null for silos in this process.</returns>
    public static async Task<(ITrainingCluster Cluster, RunOptions Options, int? Offered)> Provide(
        ParseResult arguments, DataSet data, int slots, CancellationToken cancellationToken)
    {
        int? workers = WantedWorkers(arguments);
        var options = new RunOptions
        {
            MinWorkers = arguments.GetValue(MinWorkers),
            QuorumTimeout = TimeSpan.FromSeconds(arguments.GetValue(QuorumTimeout)),
        };
        if (!IsRemote(arguments))
        {
            int silos = arguments.GetValue(Silos);
            var local = await LocalCluster.Start(silos, new LoadedDataSet(data), cancellationToken);
            return (local, options with { Silos = silos, Workers = workers ?? LocalWorkers(slots), AutoWorkers = LocalWorkers(slots) }, null);
        }

        var output = arguments.InvocationConfiguration.Output;
        var wait = new SiloWait(Address(arguments), arguments.GetValue(MinSilos), TimeSpan.FromSeconds(arguments.GetValue(Wait)), output);
        var (cluster, offers) = await wait.ForSilos(cancellationToken);
        int offered = offers.Sum(offer => offer.Capacity);
        if (workers > offered)
            output.WriteLine($"The cluster offers {offered} workers now, and {workers} are wanted: the rest join when silos do.");
        // A run that takes all there are wants as many as can take part: silos that join later then have their share.
        return (cluster, options with
        {
            Silos = offers.Count,
            Workers = workers ?? slots,
            AutoWorkers = slots,
            Unreachable = TimeSpan.FromSeconds(arguments.GetValue(Unreachable)),
        }, offered);
    }

    /// <summary>What to know when a cluster answers no more; empty for silos in this process.</summary>
    public static string AfterLoss(ParseResult arguments) => IsGiven(arguments, Gateways)
        ? " A cluster with a primary silo is over when that one is gone: './mnist cluster status' tells, './mnist cluster down' and 'up' make a new one."
        : "";

    private static int LocalWorkers(int slots) => Math.Min(slots, Environment.ProcessorCount);

    /// <summary>The number of workers that is asked for; null for as many as make sense.</summary>
    private static int? WantedWorkers(ParseResult arguments)
    {
        string text = arguments.GetRequiredValue(Workers);
        return text == Auto ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int workers) ? workers
            : throw new UsageException($"{Workers.Name} {text}: give a number of workers, or {Auto}.");
    }

    private static ClusterAddress Address(ParseResult arguments)
    {
        string? redis = arguments.GetValue(Redis);
        string shown = redis is null ? $"--cluster {arguments.GetValue(Gateways)}" : $"--redis {RedisAddress.Shown(redis)}";
        return new ClusterAddress
        {
            Shown = shown,
            Redis = redis,
            Gateways = redis is not null ? [] :
                [.. arguments.GetValue(Gateways)!.Split(',').Select(text => HostPort.Resolve(text.Trim(), out string? problem) ?? throw new UsageException($"--cluster: {problem}"))],
            ClusterId = arguments.GetRequiredValue(ClusterId),
            ServiceId = arguments.GetRequiredValue(ServiceId),
        };
    }

    private static bool IsRemote(ParseResult arguments) => IsGiven(arguments, Gateways) || IsGiven(arguments, Redis);

    private static bool IsGiven(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    private static void Range(ParseResult arguments, Option<int> option, int least, int most)
    {
        if (arguments.GetValue(option) is var value && (value < least || value > most))
            throw new UsageException($"{option.Name} {value}: give {least} to {most}.");
    }

    private static Option<string> Id(string name, string description) =>
        new Option<string>(name) { Description = description, HelpName = "ID", DefaultValueFactory = _ => "mnist" }.NotEmpty("an id");
}
