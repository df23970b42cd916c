using System.CommandLine;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Training;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
using MnistDistributed.Model.Training;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The options that say on what a run is trained. None of them shapes the result.</summary>
public static class ClusterArguments
{
    private static readonly Option<string> Workers = CommonOptions.Workers(
        "Workers, over all silos, but no more than slots; auto: one a core, or all that a running cluster offers, also when silos join "
        + "later. Never changes the result.",
        CommonOptions.AutoWorkers);

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

    private static readonly Option<int> Silos = new("--silos")
        { Description = "Silos in this process. Never changes the result.", DefaultValueFactory = _ => 1 };

    private static readonly Option<string?> Gateways = new Option<string?>("--cluster")
    {
        Description = "Trains on a running cluster: gateway addresses of one or more of its silos, with commas between.",
        HelpName = "HOST:PORT",
    }.NotEmpty("an address");

    private static readonly Option<RedisAddress?> Redis =
        RedisAddress.Option("Trains on the running cluster whose silos find each other through this Redis:");

    private static readonly Option<string> ClusterId = Id("--cluster-id", "Id of the running cluster.");
    private static readonly Option<string> ServiceId = Id("--service-id", "Service id of the running cluster.");
    private static readonly Option<int> MinSilos = new("--min-silos")
        { Description = "Silos of the running cluster to wait for.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Wait = new("--wait") { Description = "Seconds to wait for them.", DefaultValueFactory = _ => 120 };

    private static readonly Option<string?> TlsCert =
        File("--tls-cert", "This coordinator's own certificate in PEM, for silos with TLS; it bears the DNS name coordinator.CLUSTER-ID.");
    private static readonly Option<string?> TlsKey = File("--tls-key", "The private key of --tls-cert in PEM, not encrypted.");
    private static readonly Option<string?> TlsCa = File("--tls-ca", "Certificates in PEM of the CAs that silos are trusted by.");

    private static readonly Option<int> Unreachable = new("--unreachable")
    {
        Description = "Seconds that the running cluster may not answer before the run ends, to be resumed.",
        DefaultValueFactory = _ => (int)new RunOptions().Unreachable.TotalSeconds,
    };

    private static readonly Option[] OnlyRemote = [ClusterId, ServiceId, MinSilos, Wait, Unreachable, TlsCert, TlsKey, TlsCa];

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Workers, MinWorkers, QuorumTimeout, Silos, Gateways, Redis, .. OnlyRemote];

    /// <summary>What the arguments ask for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="slots">Slots of the run.</param>
    /// <exception cref="UsageException">Something cannot be, or cannot be together.</exception>
    public static ClusterRequest Read(ParseResult arguments, int slots)
    {
        int? workers = arguments.GetWorkers(Workers);
        if (workers is not null && WorkerShare.Problem(workers.Value, slots) is { } problem)
            throw new UsageException(problem);
        var redis = RedisOf(arguments);
        bool isRemote = arguments.IsGiven(Gateways) || redis is not null;
        CheckCombination(arguments, isRemote);
        return new ClusterRequest
        {
            Workers = workers,
            Options = new RunOptions
            {
                MinWorkers = arguments.GetNumber(MinWorkers, 1, workers ?? (isRemote ? slots : ClusterRequest.LocalWorkers(slots))),
                QuorumTimeout = TimeSpan.FromSeconds(arguments.GetNumber(QuorumTimeout, 1, 7 * 24 * 3600)),
                Unreachable = TimeSpan.FromSeconds(arguments.GetNumber(Unreachable, 1, 24 * 3600)),
            },
            Silos = arguments.GetNumber(Silos, 1, 64),
            Address = isRemote ? Address(arguments, redis) : null,
            MinSilos = arguments.GetNumber(MinSilos, 1, 1024),
            Wait = TimeSpan.FromSeconds(arguments.GetNumber(Wait, 1, 24 * 3600)),
        };
    }

    private static void CheckCombination(ParseResult arguments, bool isRemote)
    {
        if (arguments.IsGiven(Gateways) && arguments.IsGiven(Redis))
            throw new UsageException("Give --cluster or --redis: a cluster is found through its gateways or through Redis.");
        if (isRemote && arguments.IsGiven(Silos))
            throw new UsageException(
                "--silos is for silos in this process; a running cluster has its own. Give --min-silos to wait for so many.");
        if (!isRemote && OnlyRemote.FirstOrDefault(arguments.IsGiven) is { } alone)
            throw new UsageException($"{alone.Name} is for a running cluster: give --cluster or --redis too.");
    }

    /// <summary>A Redis of the environment is meant where the command line names no other cluster.</summary>
    private static RedisAddress? RedisOf(ParseResult arguments) =>
        !arguments.IsGiven(Redis) && (arguments.IsGiven(Gateways) || arguments.IsGiven(Silos)) ? null : arguments.GetValue(Redis);

    private static ClusterAddress Address(ParseResult arguments, RedisAddress? redis)
    {
        string gateways = arguments.GetValue(Gateways) ?? "";
        string clusterId = arguments.GetRequiredValue(ClusterId);
        var files = TlsFiles.Of(arguments.GetValue(TlsCert), arguments.GetValue(TlsKey), arguments.GetValue(TlsCa));
        var tls = ClusterTls.OfCoordinator(files, clusterId);
        // What cannot work is said before data are fetched.
        tls?.Load();
        return new ClusterAddress
        {
            Shown = redis is null ? $"--cluster {gateways}" : $"--redis {redis}",
            Redis = redis,
            Gateways = redis is null ? [.. gateways.Split(',').Select(text => HostPort.Resolve(Gateways.Name, text.Trim()))] : [],
            Tls = tls,
            ClusterId = clusterId,
            ServiceId = arguments.GetRequiredValue(ServiceId),
        };
    }

    private static Option<string?> File(string name, string description) =>
        new Option<string?>(name) { Description = description, HelpName = "FILE" }.NotEmpty().OrEnvironment();

    private static Option<string> Id(string name, string description) =>
        new Option<string>(name) { Description = description, HelpName = "ID", DefaultValueFactory = _ => "mnist" }
            .NotEmpty("an id").OrEnvironment();
}
