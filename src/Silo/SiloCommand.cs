using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using MnistDistributed.Grains.Hosting;
using MnistDistributed.Grains.Hosting.Tls;
using MnistDistributed.Model;
using MnistDistributed.Model.Training;
using Serilog.Events;
using static MnistDistributed.Grains.Hosting.OptionExtensions;

namespace MnistDistributed.Silo;

/// <summary>
/// The command line of a silo process. Each option may also be given as an environment variable, <c>--silo-port</c> as
/// <c>MNIST_SILO_PORT</c>; the command line wins.
/// </summary>
public static class SiloCommand
{
    /// <summary>What Microsoft.Orleans.Hosting.Kubernetes asks of a pod's manifest.</summary>
    private static readonly string[] PodVariables = ["POD_NAME", "POD_NAMESPACE", "POD_IP"];

    private static readonly SiloOptions Defaults = new();

    private static readonly Option<string?> Name =
        Text("--name", "NAME", "The silo's name, which no other silo of the cluster may have; address and silo port by default.");
    private static readonly Option<string?> Address = Text("--address", "HOST", "Address, or name of it, under which other silos and "
        + $"clients reach this one; it listens there. {Defaults.Address} by default, a pod's own with --clustering kubernetes; "
        + $"{OwnAddress.Word} for that of this host's own name, as in a container.");
    private static readonly Option<bool> ListenAny =
        Flag("--listen-any", "Listens on every interface, for an address that is not the machine's own.");
    private static readonly Option<int> SiloPort = Number("--silo-port", "Port for other silos.", Defaults.SiloPort, 65535);
    private static readonly Option<int> GatewayPort = Number("--gateway-port", "Port for clients.", Defaults.GatewayPort, 65535);
    private static readonly Option<string> ClusterId = Text("--cluster-id", "ID", "The cluster that the silo joins.", Defaults.ClusterId);
    private static readonly Option<string> ServiceId = Text("--service-id", "ID", "The service that the cluster runs.", Defaults.ServiceId);
    private static readonly Option<string?> Clustering = Text("--clustering", "KIND", "How silos find each other: localhost (a primary "
        + "silo keeps the membership; for development), redis, or kubernetes (redis, and the silos are pods). Redis where --redis is "
        + "given, otherwise localhost.");
    private static readonly Option<string?> Primary =
        Text("--primary", "HOST:PORT", "Silo port of the silo that keeps a localhost cluster's membership; without it this one does.");
    private static readonly Option<double> Wait =
        Seconds("--wait", "Time to wait for Redis, or for the primary silo, to answer.", Defaults.Wait, 3600);
    private static readonly Option<double> Rejoin = Seconds("--rejoin",
        "Time for which the silo's row in the membership may be gone, dead or stale before it ends, to be started again.", Defaults.Rejoin);
    private static readonly Option<RedisAddress?> Redis = RedisAddress.Option("Redis, for --clustering redis or kubernetes:");
    private static readonly Option<string?> TlsCert = Text("--tls-cert", "FILE", "The silo's own certificate in PEM: its silo and gateway "
        + "ports speak mutual TLS only. It bears the DNS name silo.CLUSTER-ID.");
    private static readonly Option<string?> TlsKey = Text("--tls-key", "FILE", "The private key of --tls-cert in PEM, not encrypted.");
    private static readonly Option<string?> TlsCa =
        Text("--tls-ca", "FILE", "Certificates in PEM of the CAs that certificates are trusted by; no others are.");
    private static readonly Option<int> Workers =
        Number("--workers", "The most workers that the silo runs; one a core by default.", Defaults.Workers, RunSpecCheck.MaxSlots);
    private static readonly Option<double> ProbeTimeout =
        Seconds("--probe-timeout", "Time between two probes of another silo, and for each answer.", Defaults.ProbeTimeout);
    private static readonly Option<int> MissedProbes =
        Number("--missed-probes", "Probes in a row that a silo misses before it is taken for dead.", Defaults.MissedProbes, 100);
    private static readonly Option<string> HttpAddress = Text("--http-address", "HOST",
        "Address of /health/live, /health/ready, /status and /metrics; 0.0.0.0 for every interface.", $"{Defaults.HttpAddress}");
    private static readonly Option<int> HttpPort =
        Number("--http-port", "Port of /health/live, /health/ready, /status and /metrics.", Defaults.HttpPort, 65535);
    private static readonly Option<double> Linger =
        Seconds("--linger", "Time for which the metrics of a run that is over are still exported.", Defaults.Linger);
    private static readonly Option<string?> Data =
        Text("--data", "DIR", "Folder with the four IDX files, or with folders of them; without it MNIST, fetched on first use.");
    private static readonly Option<bool> Transpose = Flag("--transpose",
        "Rows and columns of the images of --data change places, as EMNIST's have to; what a run was begun with holds.");
    private static readonly Option<string> LogFormat = Text("--log-format", "FORMAT", "How log lines look: text or json.", "text");
    private static readonly Option<string> LogLevel =
        Text("--log-level", "LEVEL", "The least level that is logged: debug, information, warning or error.", "information");

    /// <summary>Makes the command.</summary>
    /// <param name="run">Runs a silo until it is told to end, and gives the exit code.</param>
    public static RootCommand Create(Func<SiloOptions, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand(
            "Runs one silo of a cluster in this process. Each option may also be an environment variable: --silo-port is MNIST_SILO_PORT.");
        foreach (var option in (Option[])[
            Name, Address, ListenAny, SiloPort, GatewayPort, ClusterId, ServiceId, Clustering, Primary, Wait, Rejoin, Redis, TlsCert,
            TlsKey, TlsCa, Workers, ProbeTimeout, MissedProbes, HttpAddress, HttpPort, Linger, Data, Transpose, LogFormat, LogLevel])
        {
            command.Options.Add(option);
        }

        command.Subcommands.Add(HealthCommand.Create([HttpAddress, HttpPort], HttpEndPoint));
        command.SetAction((arguments, stop) => run(Read(arguments), stop));
        return command;
    }

    private static SiloOptions Read(ParseResult arguments)
    {
        var clustering = ClusteringOf(arguments);
        CheckPorts(arguments);
        bool isPod = clustering == Silo.Clustering.Kubernetes;
        if (isPod)
            CheckPod();
        var remarks = new List<string>();
        var address = AddressOf(Address, arguments.GetValue(Address) ?? (isPod ? Pod("POD_IP") : $"{Defaults.Address}"), remarks);
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            throw new UsageException($"--address {address}: give the one under which others reach this silo; --listen-any listens on all.");
        int siloPort = arguments.GetValue(SiloPort);
        string clusterId = arguments.GetRequiredValue(ClusterId);
        var tls = TlsFiles.Of(arguments.GetValue(TlsCert), arguments.GetValue(TlsKey), arguments.GetValue(TlsCa));
        return new SiloOptions
        {
            Name = NameOf(arguments.GetValue(Name) ?? (isPod ? Pod("POD_NAME") : DefaultName(address, siloPort))),
            Address = address,
            ListenAny = arguments.GetValue(ListenAny),
            SiloPort = siloPort,
            GatewayPort = arguments.GetValue(GatewayPort),
            ClusterId = clusterId,
            ServiceId = arguments.GetRequiredValue(ServiceId),
            Clustering = clustering,
            Primary = arguments.GetValue(Primary) is { } primary ? HostPort.Resolve(Primary.Name, primary) : null,
            Wait = TimeSpan.FromSeconds(arguments.GetValue(Wait)),
            Rejoin = TimeSpan.FromSeconds(arguments.GetValue(Rejoin)),
            Redis = arguments.GetValue(Redis),
            Tls = ClusterTls.OfSilo(tls, clusterId),
            Workers = arguments.GetValue(Workers),
            ProbeTimeout = TimeSpan.FromSeconds(arguments.GetValue(ProbeTimeout)),
            MissedProbes = arguments.GetValue(MissedProbes),
            HttpAddress = AddressOf(HttpAddress, arguments.GetRequiredValue(HttpAddress), remarks),
            HttpPort = arguments.GetValue(HttpPort),
            Linger = TimeSpan.FromSeconds(arguments.GetValue(Linger)),
            Data = arguments.GetValue(Data),
            Transpose = arguments.GetValue(Transpose),
            LogFormat = OneOf<LogFormat>(LogFormat, arguments.GetRequiredValue(LogFormat)),
            LogLevel = OneOf<LogEventLevel>(LogLevel, arguments.GetRequiredValue(LogLevel)),
            Remarks = remarks,
        };
    }

    private static Clustering ClusteringOf(ParseResult arguments)
    {
        bool hasRedis = arguments.GetValue(Redis) is not null;
        var clustering = OneOf<Clustering>(Clustering, arguments.GetValue(Clustering) ?? (hasRedis ? "redis" : "localhost"));
        if (clustering != Silo.Clustering.Localhost && !hasRedis)
            throw new UsageException($"--clustering {arguments.GetValue(Clustering)} needs --redis HOST:PORT.");
        if (clustering == Silo.Clustering.Localhost && hasRedis)
            throw new UsageException("--redis is not for --clustering localhost: give --clustering redis, or leave one of them out.");
        if (clustering != Silo.Clustering.Localhost && arguments.GetValue(Primary) is not null)
            throw new UsageException("--primary is for --clustering localhost: with Redis no silo is the primary.");
        return clustering;
    }

    private static void CheckPorts(ParseResult arguments)
    {
        int[] ports = [arguments.GetValue(SiloPort), arguments.GetValue(GatewayPort), arguments.GetValue(HttpPort)];
        if (ports.Distinct().Count() < ports.Length)
            throw new UsageException(
                $"--silo-port {ports[0]}, --gateway-port {ports[1]} and --http-port {ports[2]}: give three different ports.");
    }

    private static void CheckPod()
    {
        if (PodVariables.FirstOrDefault(variable => Environment.GetEnvironmentVariable(variable) is null or "") is { } missing)
            throw new UsageException($"--clustering kubernetes is for a silo in a pod, and {missing} is not set: the pod's manifest has to "
                + $"set {string.Join(", ", PodVariables)}.");
    }

    private static string Pod(string variable) => Environment.GetEnvironmentVariable(variable)!;

    /// <summary>An address of version 6 has characters that a name has not.</summary>
    private static string DefaultName(IPAddress address, int port) => $"{address}-{port}".Replace(':', '_').Replace('%', '_');

    /// <summary>The name becomes part of the workers' names, which slashes divide.</summary>
    private static string NameOf(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? name
        : throw new UsageException($"--name {OneLine.Of(name)}: a silo's name is made of letters, digits, '-', '_' and '.'.");

    private static IPAddress AddressOf(Option option, string text, List<string> remarks)
    {
        string host = OneLine.Of(text);
        if (option == Address && host == OwnAddress.Word)
            return OwnAddress.Find(option.Name);
        var addresses = HostPort.Addresses(option.Name, host);
        if (HostPort.Choice(host, addresses) is { } choice)
            remarks.Add($"{option.Name} {choice}");
        return addresses[0];
    }

    private static IPEndPoint HttpEndPoint(ParseResult arguments) =>
        new(AddressOf(HttpAddress, arguments.GetRequiredValue(HttpAddress), []), arguments.GetValue(HttpPort));

    private static T OneOf<T>(Option option, string text)
        where T : struct, Enum =>
        Array.FindIndex(Enum.GetNames<T>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is var index and >= 0
            ? Enum.GetValues<T>()[index]
            : throw new UsageException(
                $"{option.Name} {OneLine.Of(text)}: give {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");

    private static Option<string?> Text(string name, string help, string description) => Text<string?>(name, help, description, null);

    private static Option<string> Text(string name, string help, string description, string value) =>
        Text<string>(name, help, description, value);

    private static Option<T> Text<T>(string name, string help, string description, string? value)
        where T : class?
    {
        var option = new Option<T>(name)
            { Description = description, HelpName = help, DefaultValueFactory = _ => (T)(object?)(FromEnvironment(name) ?? value)! };
        return option.NotEmpty(help);
    }

    private static Option<int> Number(string name, string description, int value, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        option.DefaultValueFactory = result => FromEnvironment(name) is { } text ? Parse(result, VariableOf(name), text) : value;
        option.CustomParser = result => Parse(result, name, result.Tokens[^1].Value);
        return option;

        int Parse(ArgumentResult result, string from, string text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1 || number > most)
                result.AddError($"{from} {OneLine.Of(text)}: give a number from 1 to {most}.");
            return number;
        }
    }

    private static Option<double> Seconds(string name, string description, TimeSpan value, int most = 600)
    {
        var option = new Option<double>(name) { Description = description, HelpName = "SECONDS" };
        option.DefaultValueFactory = result =>
            FromEnvironment(name) is { } text ? Parse(result, VariableOf(name), text) : value.TotalSeconds;
        option.CustomParser = result => Parse(result, name, result.Tokens[^1].Value);
        return option;

        double Parse(ArgumentResult result, string from, string text)
        {
            if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                || number < 0.1 || number > most)
                result.AddError($"{from} {OneLine.Of(text)}: give a number of seconds from 0.1 to {most}.");
            return number;
        }
    }
}
