using System.CommandLine;
using MnistDistributed.Coordinator.Certificates;
using MnistDistributed.Coordinator.Clusters;
using MnistDistributed.Coordinator.Terminal;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;

namespace MnistDistributed.Coordinator.Commands;

/// <summary><c>mnist certificates</c>: a CA and certificates for trying TLS.</summary>
public static class CertificatesCommand
{
    private static readonly Argument<string> Dir =
        new Argument<string>("DIR") { Description = "The folder; it is made, and nothing in it is overwritten." }.NotEmpty();

    private static readonly Option<string> ClusterId = new Option<string>("--cluster-id")
    {
        Description = "The cluster whose silos and coordinators the certificates are for.",
        HelpName = "ID",
        DefaultValueFactory = _ => LocalClusterOptions.DefaultId,
    }.NotEmpty("an id").OrEnvironment();

    private static readonly Option<int> Days = new("--days")
        { Description = "How long they last; the CA lasts ten years at least.", HelpName = "N", DefaultValueFactory = _ => DefaultDays };

    /// <summary>How long certificates last where nothing else is said, in days.</summary>
    public const int DefaultDays = 365;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command("certificates",
            "Makes a CA and certificates for the silos, the coordinators and the Redis of a cluster, for trying TLS; where the folder has "
            + "a CA, those that are missing.") { Dir, ClusterId, Days };
        command.SetAction(Run);
        return command;
    }

    /// <summary>The options that give a program its files, for people to type.</summary>
    public static string Options(TlsFiles files) => $"--tls-cert {ShellWord.Of(files.Certificate)} --tls-key "
        + $"{ShellWord.Of(files.Key)} --tls-ca {ShellWord.Of(files.Authority)}";

    private static int Run(ParseResult arguments)
    {
        var folder = new CertificateFolder(arguments.GetRequiredValue(Dir));
        string clusterId = arguments.GetRequiredValue(ClusterId);
        var made = folder.Fill(clusterId, arguments.GetNumber(Days, 1, 3650), TimeProvider.System.GetUtcNow());
        var output = arguments.InvocationConfiguration.Output;
        foreach (string pair in made)
            output.WriteLine($"Wrote   {folder.Certificate(pair)} and {folder.Key(pair)}");
        string id = clusterId == LocalClusterOptions.DefaultId ? "" : $" --cluster-id {clusterId}";
        output.WriteLine($"Silo    ./mnist silo{id} {Options(folder.Silo)}");
        output.WriteLine($"Train   ./mnist train --cluster HOST:PORT{id} {Options(folder.Coordinator)}");
        output.WriteLine("Redis   redis-server --protected-mode no --port 0 --tls-port 6379 --tls-cert-file "
            + $"{ShellWord.Of(folder.Certificate("redis"))} --tls-key-file {ShellWord.Of(folder.Key("redis"))} --tls-ca-cert-file "
            + ShellWord.Of(folder.Certificate("ca")));
        output.WriteLine($"Secret  keep {folder.Key("ca")} away from the cluster: whoever has it can make certificates that are let in");
        return 0;
    }
}
