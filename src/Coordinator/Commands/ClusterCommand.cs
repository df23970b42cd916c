using System.CommandLine;
using System.Text.Json;
using MnistDistributed.Coordinator.Certificates;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Model.Data;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist cluster</c>: a cluster of silo processes on this machine.</summary>
public static class ClusterCommand
{
    private static readonly LocalClusterOptions Defaults = new();
    private static readonly TimeSpan DownWithin = TimeSpan.FromSeconds(20);

    private static readonly Option<int> Silos = new("--silos")
        { Description = "Silo processes.", DefaultValueFactory = _ => Defaults.Silos };

    private static readonly Option<int?> Workers = new("--workers")
        { Description = "Workers that each silo offers, at most; by default the cores divided by the silos." };

    private static readonly Option<RedisAddress?> Redis = RedisAddress.Option(
        "A Redis that keeps the cluster's membership; without it the first silo does, and the cluster ends with that one.");

    private static readonly Option<string?> Tls = new Option<string?>("--tls")
    {
        Description = "The silos speak mutual TLS only, with the certificates of this folder; without DIR with those in the cluster's "
            + "folder tls, which are made where they are missing.",
        HelpName = "DIR",
        Arity = ArgumentArity.ZeroOrOne,
    }.NotEmpty();

    private static readonly Option<string?> ClusterId = new Option<string?>("--cluster-id")
    {
        Description = $"Name of the cluster: {Defaults.ClusterId} by default, or that of the folder --dir, so that two stay apart.",
        HelpName = "ID",
    }.NotEmpty("a name").OrEnvironment();

    private static readonly Option<string> ServiceId = new Option<string>("--service-id")
        { Description = "Name of the service.", DefaultValueFactory = _ => Defaults.ServiceId }.NotEmpty("a name").OrEnvironment();

    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "Seconds until all silos have to be ready.",
        DefaultValueFactory = _ => (int)Defaults.ReadyWithin.TotalSeconds,
    };

    private static readonly Option<string> Dir = new Option<string>("--dir")
    {
        Description = "Folder of the cluster's record and logs.",
        HelpName = "DIR",
        DefaultValueFactory = _ => ClusterFolder.DefaultPath,
    }.NotEmpty();

    private static readonly Option<bool> Json = new("--json") { Description = "Prints the silos' own statuses as JSON." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var up = new Command("up", "Starts silo processes on free ports and waits until they are ready.")
            { Silos, Workers, Redis, Tls, ClusterId, ServiceId, CommonOptions.Data, CommonOptions.Transpose, Timeout, Dir };
        up.SetAction(Up);
        var status = new PrintingCommand("status", "Lists silos, workers and load, and says what is wrong.") { Json, Dir };
        status.SetAction(Status);
        var down = new Command("down", "Ends the silos that 'up' started, and no others.") { Dir };
        down.SetAction(Down);
        return new Command("cluster", "Starts, shows or ends a cluster of silo processes on this machine.") { up, status, down };
    }

    private static async Task<int> Up(ParseResult arguments, CancellationToken stop)
    {
        // Signals are watched from the first wait on.
        await Task.Yield();
        var certificates = Certificates(arguments);
        var options = Read(arguments) with { Tls = certificates?.Silo };
        var program = SiloProgram.Find(AppContext.BaseDirectory);
        var output = arguments.InvocationConfiguration.Output;
        var folder = new ClusterFolder(arguments.GetRequiredValue(Dir));
        using var locked = folder.Lock();
        RefuseIfRunning(folder);

        if (certificates?.IsComplete == false && arguments.GetValue(Tls) is null)
            certificates.Fill(options.ClusterId, CertificatesCommand.DefaultDays, TimeProvider.System.GetUtcNow());
        using var start = new ClusterStart(options, folder, program, output, TimeProvider.System);
        var cluster = await start.Run(stop);
        string data = options.Data is null ? "" : $" --data {ShellWord.Of(options.Data)}{(options.Transpose ? " --transpose" : "")}";
        output.WriteLine($"Train   {ForTraining(options, cluster, certificates)}{data}");
        output.WriteLine($"Look    ./mnist cluster status{ForFolder(folder)}");
        output.WriteLine($"End     ./mnist cluster down{ForFolder(folder)}");
        return 0;
    }

    private static async Task<int> Status(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        var folder = new ClusterFolder(arguments.GetRequiredValue(Dir));
        var cluster = folder.Read()
            ?? throw new ClusterException($"No cluster was started in the folder {folder.Path}: ./mnist cluster up{ForFolder(folder)}");
        var view = await ClusterView.Look(cluster, folder, stop);
        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(Json))
            output.WriteLine(JsonSerializer.Serialize(view.Silos, SiloReport.Json));
        else
            view.Print(TableConsole.For(output));
        return view.Silos.All(silo => silo.IsReady) ? 0 : CommandErrors.Failure;
    }

    private static async Task<int> Down(ParseResult arguments, CancellationToken stop)
    {
        await Task.Yield();
        var output = arguments.InvocationConfiguration.Output;
        var folder = new ClusterFolder(arguments.GetRequiredValue(Dir));
        if (folder.Read() is null)
        {
            output.WriteLine($"No cluster was started in the folder {folder.Path}: nothing to end.");
            return 0;
        }

        using var locked = folder.Lock();
        // Another may have ended it while this one waited for nothing but its turn.
        if (folder.Read() is { } cluster)
        {
            var ended = await ClusterEnd.Run(cluster, DownWithin, stop);
            folder.Forget();
            foreach (string line in ended.Lines(DownWithin))
                output.WriteLine(line);
            output.WriteLine(
                $"Ended {Counted.Of(ended.Count, "silo")}{Gone(cluster.Silos.Count - ended.Count)}; the logs are in {folder.Path}");
        }

        return 0;
    }

    private static LocalClusterOptions Read(ParseResult arguments)
    {
        int silos = arguments.GetNumber(Silos, 1, LocalClusterOptions.MaxSilos);
        int workers = arguments.GetValue(Workers) ?? Math.Max(1, Environment.ProcessorCount / silos);
        if (workers < 1)
            throw new UsageException($"--workers {workers}: give 1 at least.");
        int seconds = arguments.GetNumber(Timeout, 1);
        var data = arguments.GetValue(CommonOptions.Data);
        // What is in a folder the silos say; a path that is none may still be the beginning of the files' names.
        if (data is not null && !Directory.Exists(data))
            DataFolder.Demand(data);
        return new LocalClusterOptions
        {
            Silos = silos,
            Workers = workers,
            Redis = arguments.GetValue(Redis),
            ClusterId = arguments.GetValue(ClusterId) ?? new ClusterFolder(arguments.GetRequiredValue(Dir)).DefaultId,
            ServiceId = arguments.GetRequiredValue(ServiceId),
            Data = data,
            Transpose = arguments.GetValue(CommonOptions.Transpose),
            ReadyWithin = TimeSpan.FromSeconds(seconds),
        };
    }

    private static void RefuseIfRunning(ClusterFolder folder)
    {
        if (folder.Read()?.Silos.Where(silo => silo.IsRunning).ToList() is { Count: > 0 } running)
            throw new ClusterException($"A cluster still runs in the folder {folder.Path} "
                + $"({string.Join(", ", running.Select(silo => $"{silo.Name}: process {silo.Pid}"))}): end it with ./mnist cluster "
                + $"down{ForFolder(folder)}, or give another --dir.");
    }

    private static CertificateFolder? Certificates(ParseResult arguments)
    {
        if (!arguments.IsGiven(Tls))
            return null;
        string? given = arguments.GetValue(Tls);
        var folder = new CertificateFolder(given ?? Path.Combine(arguments.GetRequiredValue(Dir), "tls"));
        return given is null || folder.IsComplete ? folder : throw new ClusterException(
            $"{given} does not have the certificates of a cluster: './mnist certificates {ShellWord.Of(given)}' makes them.");
    }

    private static string ForTraining(LocalClusterOptions options, ClusterRecord cluster, CertificateFolder? certificates)
    {
        string where = options.Redis is { } redis ? $"--redis {ShellWord.Of($"{redis}")}"
            : $"--cluster {string.Join(',', cluster.Silos.Select(silo => $"127.0.0.1:{silo.GatewayPort}"))}";
        string id = cluster.ClusterId == LocalClusterOptions.DefaultId ? "" : $" --cluster-id {ShellWord.Of(cluster.ClusterId)}";
        string service = cluster.ServiceId == LocalClusterOptions.DefaultId ? "" : $" --service-id {ShellWord.Of(cluster.ServiceId)}";
        string tls = certificates is null ? "" : $" {CertificatesCommand.Options(certificates.Coordinator)}";
        // Whoever has a password has it in the environment, or puts it there.
        string train = options.Redis?.HasPassword == true ? "MNIST_REDIS=... ./mnist train" : $"./mnist train {where}";
        return train + id + service + tls;
    }

    private static string ForFolder(ClusterFolder folder) =>
        folder.Path == ClusterFolder.DefaultPath ? "" : $" --dir {ShellWord.Of(folder.Path)}";

    private static string Gone(int silos) => silos == 0 ? "" : $", {silos} had ended before";
}
