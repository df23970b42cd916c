using System.Net;
using Microsoft.Extensions.Logging;

namespace MnistDistributed.Grains.Hosting.Tls;

/// <summary>
/// Says which connections came to nothing, and why: one line for each address and reason, however often it is tried, and no more than a
/// log can bear, whoever tries.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to say it.</param>
public sealed partial class Refusals(TimeProvider time, ILogger<Refusals> logger)
{
    private const int Most = 100;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly HashSet<string> _said = [];
    private DateTimeOffset _since = DateTimeOffset.MinValue;

    /// <summary>A connection to a port of this silo that was not let in.</summary>
    /// <param name="from">Where it came from.</param>
    /// <param name="port">The port, for people.</param>
    /// <param name="why">The rest of a sentence about who connected.</param>
    public void Refused(EndPoint? from, string port, string why)
    {
        if (IsNew($"{Host(from)} {port} {why}"))
            LogRefused(Host(from), port, why);
    }

    /// <summary>A connection of this silo to another that came to nothing.</summary>
    /// <param name="to">The other.</param>
    /// <param name="why">The rest of a sentence about the other; null where there is nothing to say.</param>
    public void Failed(EndPoint? to, string? why)
    {
        if (why is not null && IsNew($"{to} {why}"))
            LogFailed(to, why);
    }

    private bool IsNew(string line)
    {
        lock (_lock)
        {
            if (time.GetUtcNow() - _since >= Window)
            {
                _said.Clear();
                _since = time.GetUtcNow();
            }

            if (_said.Count >= Most || !_said.Add(line))
                return false;
            if (_said.Count == Most)
                LogMany(Most, Window.TotalMinutes);
            return true;
        }
    }

    // Each try comes from another port.
    private static string Host(EndPoint? from) => from is not IPEndPoint { Address: var address } ? $"{from}"
        : $"{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Host} at the {Port} port: {Why}")]
    private partial void LogRefused(string host, string port, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No connection to the silo at {Silo}: {Why}")]
    private partial void LogFailed(EndPoint? silo, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Most} connections came to nothing in {Minutes} minutes; no more are told of now")]
    private partial void LogMany(int most, double minutes);
}
