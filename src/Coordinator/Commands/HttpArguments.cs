using System.CommandLine;
using System.Net;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The options that say where a run is watched over HTTP. None of them shapes the result.</summary>
public static class HttpArguments
{
    private static readonly Option<string?> Http = Address("Where /metrics, /health/live and /health/ready answer while the run goes on; "
        + $"127.0.0.1:{HttpOptions.DefaultPort} by default, or the next port that is free.");

    private static readonly Option<bool> NoHttp = new("--no-http") { Description = "Nothing answers over HTTP." };

    private static readonly Option<int> Linger = new("--linger")
    {
        Description = "Seconds that they go on to answer when the run is over, so that its last values are scraped.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 0,
    };

    /// <summary>All of them, in the order in which help shows them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Http, NoHttp, Linger];

    /// <summary>What the arguments ask for.</summary>
    /// <exception cref="UsageException">Something cannot be, or cannot be together.</exception>
    public static HttpOptions Read(ParseResult arguments)
    {
        bool isServed = !arguments.GetValue(NoHttp);
        foreach (var option in (Option[])[Http, Linger])
        {
            if (!isServed && arguments.IsGiven(option))
                throw new UsageException($"{option.Name} cannot be given with --no-http: then nothing answers over HTTP.");
        }

        return ReadAddress(arguments, Http) with
        {
            IsServed = isServed,
            Linger = TimeSpan.FromSeconds(arguments.GetNumber(Linger, 0, 24 * 3600)),
        };
    }

    /// <summary>An option for where something answers.</summary>
    /// <param name="description">What help says of it.</param>
    public static Option<string?> Address(string description) => new Option<string?>("--http")
        { Description = description, HelpName = "ADDRESS:PORT" }.NotEmpty("an address").OrEnvironment();

    /// <summary>Where that is.</summary>
    /// <exception cref="UsageException">It is no address.</exception>
    public static HttpOptions ReadAddress(ParseResult arguments, Option<string?> option) =>
        new() { Address = arguments.GetValue(option) is { } text ? HostPort.Resolve(option.Name, text) : null };

    /// <summary><c>mnist health</c>: asks the coordinator that runs beside it.</summary>
    public static Command Health()
    {
        var http = Address($"Where the coordinator answers, as it said when it started; 127.0.0.1:{HttpOptions.DefaultPort} by default.");
        return HealthCommand.Create([http], arguments =>
            ReadAddress(arguments, http).Address ?? new IPEndPoint(IPAddress.Loopback, HttpOptions.DefaultPort));
    }
}
