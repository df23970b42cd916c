using System.CommandLine;
using MnistDistributed.Coordinator.Http;
using MnistDistributed.Grains.Hosting;

namespace MnistDistributed.Coordinator.Commands;

/// <summary>The options that say where a run is watched over HTTP. None of them shapes the result.</summary>
public static class HttpArguments
{
    private static readonly Option<string?> Http = new Option<string?>("--http")
    {
        Description = "Where /metrics, /health/live and /health/ready answer while the run goes on; "
            + $"127.0.0.1:{HttpOptions.DefaultPort} by default, or the next port that is free.",
        HelpName = "ADDRESS:PORT",
    }.NotEmpty("an address");

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

        string? problem = null;
        var options = new HttpOptions
        {
            IsServed = isServed,
            Address = arguments.GetValue(Http) is { } address ? HostPort.Resolve(address, out problem) : null,
            Linger = TimeSpan.FromSeconds(arguments.GetNumber(Linger, 0, 24 * 3600)),
        };
        return problem is null ? options : throw new UsageException($"--http: {problem}");
    }

    /// <summary><c>mnist health</c>: asks the coordinator that runs beside it.</summary>
    public static Command Health()
    {
        var http = new Option<string>("--http")
        {
            Description = "Where the coordinator answers; MNIST_HTTP may say so, too.",
            HelpName = "ADDRESS:PORT",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("MNIST_HTTP") is { Length: > 0 } address ? address
                : $"127.0.0.1:{HttpOptions.DefaultPort}",
        }.NotEmpty("an address");
        return HealthCommand.Create([http], arguments => HostPort.Resolve(arguments.GetRequiredValue(http), out string? problem)
            ?? throw new UsageException($"--http: {problem}"));
    }
}
